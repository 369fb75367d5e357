import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/async/system-clock.ts';
import type { Clock } from '../../../../src/contract/clock.ts';
import type { JsonObject } from '../../../../src/contract/json.ts';
import type { Tool } from '../../../../src/contract/tool.ts';
import type { McpOptions } from '../../../../src/tools/mcp/mcp-tools.ts';
import { openMcpServers } from '../../../../src/tools/mcp/mcp-tools.ts';
import type { ServerConfig, StdioServer } from '../../../../src/tools/mcp/server-config.ts';
import { isAlive } from '../../../support/is-alive.ts';

const SERVER = join(import.meta.dirname, 'server.mjs');

/** What the server of the tests can be told to do. */
export interface Misbehaviour {
  /** Gets a byte at every start. */
  readonly startsFile?: string;
  /** Gets the ids of its processes, one a line. */
  readonly pidsFile?: string;
  readonly stubborn?: boolean;
  readonly child?: boolean;
  readonly diesFromStart?: number;
  readonly silent?: boolean;
  readonly modern?: boolean;
  readonly noTools?: boolean;
  readonly pageSize?: number;
  readonly changesAtRestart?: boolean;
  readonly addsAtRestart?: boolean;
  /** Of its tool `long`. */
  readonly descriptionLength?: number;
  readonly tools?: JsonObject;
}

/** The server of the tests, as a file would describe it. */
export function testServer(misbehaviour: Misbehaviour = {}, more: Partial<StdioServer> = {}): StdioServer {
  const args = [SERVER, JSON.stringify(misbehaviour)];
  return { kind: 'stdio', name: 'test', shown: 'node server.mjs', command: process.execPath, args, env: {}, ...more };
}

/** Opens servers for the time of a test. Waits before restarts are noted instead of waited for. */
export async function openServers(servers: readonly ServerConfig[], more: Partial<McpOptions> = {}) {
  const notices: string[] = [];
  const waits: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void waits.push(ms) };
  const options = { clock, onNotice: (text: string) => void notices.push(text), startTimeoutMs: 10_000, version: '1' };
  const opened = await openMcpServers(servers, { ...options, ...more });
  onTestFinished(() => opened[Symbol.asyncDispose]());
  const find = (name: string): Tool => {
    const tool = opened.tools.find(({ spec }) => spec.name === name);
    if (!tool) throw new Error(`There is no tool ${name}.`);
    return tool;
  };
  const call = async (name: string, args: JsonObject = {}, signal = new AbortController().signal): Promise<unknown> =>
    find(name).run(args, { signal, callKey: 'k', conversation: 'p1', agent: 'a' });
  return { opened, tools: opened.tools, find, call, notices, waits };
}

/** A path in a new directory. */
export function newPath(name: string): string {
  return join(mkdtempSync(join(tmpdir(), 'agentpar-mcp-')), name);
}

/** The processes that wrote their ids into a file and still run. One that is ended while it starts may write none. */
export function alive(pidsFile: string): readonly number[] {
  if (!existsSync(pidsFile)) return [];
  return (readFileSync(pidsFile, 'utf8').match(/\d+/g) ?? []).map(Number).filter(isAlive);
}
