import type { Clock } from '../../contract/clock.ts';
import { messageOf, UserError } from '../../contract/errors.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Tool } from '../../contract/tool.ts';
import { createReaper } from '../reaper.ts';
import { nameTool } from './name-tool.ts';
import { readResult } from './read-result.ts';
import type { RunningServer } from './running-server.ts';
import { startServer } from './running-server.ts';
import { servedTool } from './served-tool.ts';
import type { ServerConfig } from './server-config.ts';
import { asSentence } from './trouble.ts';

/** Running servers and what they offer. Disposing ends them, with all their children. */
export interface McpServers extends AsyncDisposable {
  readonly tools: readonly Tool[];
}

export interface McpOptions {
  readonly clock: Clock;
  /** Something that a person should know and that ends nothing. */
  readonly onNotice: (message: string) => void;
  /** How long a server may take until its tools are known. */
  readonly startTimeoutMs: number;
  /** What servers are told is speaking to them: this program's version. */
  readonly version: string;
  /** Names that other tools have already. */
  readonly taken?: Iterable<string>;
  /** Gives up starting when it fires. */
  readonly signal?: AbortSignal;
}

/**
 * Starts all servers at once and makes tools of what they offer, in the order of the servers. Calls run concurrently.
 *
 * @throws {UserError} naming each server that cannot be started, and why; the others are ended again
 */
export async function openMcpServers(servers: readonly ServerConfig[], options: McpOptions): Promise<McpServers> {
  const reaper = createReaper();
  const never = new AbortController().signal;
  const starting = servers.map((server) => startServer(server, { ...options, reaper }, options.signal ?? never));
  const started = await Promise.allSettled(starting);
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const dispose = async () => {
    await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
    reaper[Symbol.dispose]();
  };
  const problems = started.flatMap((result, index) =>
    result.status === 'rejected' ? [whyNotStarted(servers[index], result.reason)] : [],
  );
  if (problems.length > 0) {
    await dispose();
    options.signal?.throwIfAborted();
    throw new UserError(problems.join('\n'));
  }
  return { tools: toolsOf(running, options), [Symbol.asyncDispose]: dispose };
}

function whyNotStarted(server: ServerConfig | undefined, reason: unknown): string {
  const text = messageOf(reason);
  const { name, shown, kind } = server ?? { name: '', shown: '', kind: 'stdio' };
  const wayOut =
    kind === 'stdio'
      ? `Run its command by hand to see what it needs: ${shown}`
      : `Check its address and headers: ${shown}`;
  return `Cannot start MCP server "${name}": it ${asSentence(text)} ${wayOut}`;
}

function toolsOf(running: readonly RunningServer[], { taken = [], onNotice }: McpOptions): readonly Tool[] {
  const names = new Set(taken);
  return running.flatMap((server) => {
    if (server.definitions.length === 0) onNotice(`MCP server "${server.name}" offers no tools.`);
    return server.definitions.map((definition) => {
      const { description, inputSchema: parameters, effect } = definition;
      const name = nameTool(definition.name, server.name, names);
      names.add(name);
      const spec = { name, description, parameters };
      const run: Tool['run'] = async (args, { signal }) =>
        readResult(await server.call(definition, args as JsonObject, signal));
      return servedTool({ spec, effect, source: `mcp:${server.name}` }, run);
    });
  });
}
