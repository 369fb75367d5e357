import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import type { RecordedTools } from '../contract/cassette.ts';
import { messageOf, UserError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import { checkHomes } from '../tools/place/tool-home.ts';
import { runPlanTool } from '../tools/plan/run-plan-tool.ts';
import { checkApproval, markForApproval } from './approval.ts';
import type { AgentCatalog } from './load-agents.ts';
import { loadAgents } from './load-agents.ts';
import { loadTools } from './load-tools.ts';
import { applyPolicies, checkPolicyNames, readPolicies } from './read-policies.ts';
import { keepServersSecret } from './secrets.ts';
import { packageVersion } from './version.ts';

const MCP_START_TIMEOUT_MS = 30_000;

/** What decides which tools there are and how they run: options that several commands have. */
export interface ToolOptions {
  readonly agent?: string;
  readonly tools?: readonly string[];
  readonly builtin?: string;
  readonly root?: string;
  readonly allowPrivate?: boolean;
  readonly mcp?: readonly string[];
  readonly policy?: readonly string[];
  readonly approve?: string;
  readonly plan?: boolean;
}

/** The agents of a run with all their tools. Disposing ends what the tools need. */
export interface ChosenTools extends AsyncDisposable {
  readonly agents: AgentCatalog;
  /** Those of MCP servers, as these offer them. */
  readonly served: readonly Tool[];
}

/**
 * Loads agents and tools, starts MCP servers, and sees to it that every tool can run as its policy says.
 *
 * @param recorded what the servers offered when it was recorded: then none is started
 * @throws {UserError} about the first thing that is wrong; nothing is left running
 */
export async function chooseTools(
  options: ToolOptions,
  onNotice: (message: string) => void,
  recorded?: RecordedTools['tools'],
): Promise<ChosenTools> {
  const policies = readPolicies(options.policy ?? []);
  const ofFiles = await loadTools(options.tools ?? []);
  checkRoot(options);
  const loaded = withoutClash([...ofFiles, ...(await chooseBuiltIns(options))]);
  const servers = recorded
    ? await recordedServers(options.mcp ?? [], recorded)
    : await openServers(options.mcp ?? [], loaded, onNotice);
  try {
    const agents = await loadAgents(options.agent, [...loaded, ...(servers?.tools ?? [])], (tools) => [
      ...markForApproval(applyPolicies(tools, policies), options.approve),
      ...(options.plan ? [runPlanTool] : []),
    ]);
    const all = [...agents.byName.values()].flatMap(({ tools }) => tools);
    const names = new Set(all.map(({ spec }) => spec.name));
    checkPolicyNames(policies, names);
    // A plan itself needs no approval: each of its calls does.
    checkApproval(
      options.approve,
      [...names].filter((name) => name !== runPlanTool.spec.name),
    );
    await checkHomes(all);
    for (const notice of new Set(all.flatMap((tool) => lonelyAfter(tool, names)))) onNotice(notice);
    return {
      agents,
      served: servers?.tools ?? [],
      [Symbol.asyncDispose]: async () => servers?.[Symbol.asyncDispose](),
    };
  } catch (error) {
    await servers?.[Symbol.asyncDispose]();
    throw error;
  }
}

function checkRoot({ root = '.' }: ToolOptions): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UserError(`Cannot use "${root}" as --root: it is no directory.`);
}

/**
 * The built-in tools that `--builtin` names.
 *
 * @throws {UserError} if there is none of a name
 */
export async function chooseBuiltIns(options: ToolOptions): Promise<readonly Tool[]> {
  const { builtin, root = '.', allowPrivate = false } = options;
  if (builtin === undefined) return [];
  const { createBuiltInTools, pickBuiltIns } = await import('../tools/built-in/built-in-tools.ts');
  const picked = pickBuiltIns(builtin, createBuiltInTools({ root: resolve(root), allowPrivate }));
  if (picked.ok) return picked.tools;
  throw new UserError(picked.problem);
}

function withoutClash(tools: readonly Tool[]): readonly Tool[] {
  const known = new Map<string, Tool>();
  for (const tool of tools) {
    const { name } = tool.spec;
    const other = known.get(name);
    if (other) {
      throw new UserError(
        `Cannot use tool "${name}": it is defined in ${other.source} and is ${tool.source}. Rename it, or leave one out.`,
      );
    }
    known.set(name, tool);
  }
  return tools;
}

async function openServers(files: readonly string[], taken: readonly Tool[], onNotice: (message: string) => void) {
  if (files.length === 0) return undefined;
  const { readServers } = await import('../tools/mcp/read-servers.ts');
  const { openMcpServers } = await import('../tools/mcp/mcp-tools.ts');
  const configs = files.flatMap((file) => {
    const read = readServers(textOf(file), file, process.env);
    if (!read.ok) throw new UserError(read.problems.join('\n'));
    keepServersSecret(read.servers);
    for (const { name, shown } of read.servers) onNotice(`MCP server "${name}": ${shown}`);
    return read.servers;
  });
  return openMcpServers(configs, {
    clock: systemClock,
    onNotice,
    startTimeoutMs: MCP_START_TIMEOUT_MS,
    version: packageVersion(),
    taken: taken.map(({ spec }) => spec.name),
  });
}

async function recordedServers(files: readonly string[], recorded: RecordedTools['tools']) {
  if (files.length === 0) return undefined;
  const { recordedTool } = await import('../tools/mcp/served-tool.ts');
  return { tools: recorded.map(recordedTool), async [Symbol.asyncDispose]() {} };
}

/** A warning for a tool that is to come after others, if there are none of that name: a misspelled name orders nothing. */
function lonelyAfter({ spec, policy }: Tool, names: ReadonlySet<string>): readonly string[] {
  const unknown = policy.after?.filter((name) => !names.has(name)) ?? [];
  return unknown.map((name) => `tool ${spec.name} is to come after ${JSON.stringify(name)}, and there is no such tool`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(`Cannot read ${file}: ${why}. Name a JSON file with "mcpServers".`, { cause: error });
  }
}
