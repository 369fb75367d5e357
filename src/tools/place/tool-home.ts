import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, UserError } from '../../contract/errors.ts';
import type { Tool } from '../../contract/tool.ts';
import { isTool } from '../define-tool.ts';
import { OWN_MODULE, offerOwnPackage } from './offer-own-package.ts';

/** The URL of the module that a tool can be loaded from again, in another thread or process, if there is one. */
export function homeOf({ source }: Tool): string | undefined {
  if (source === undefined || source.startsWith('mcp:')) return undefined;
  return source === 'built-in' ? OWN_MODULE : pathToFileURL(resolve(source)).href;
}

/**
 * The tool of that name that a module exports: by itself, in a list, or in an agent or one that it may hand off to.
 *
 * @throws {Error} if the module cannot be loaded, or has no such tool, or several
 */
export async function loadTool(home: string, name: string): Promise<Tool> {
  offerOwnPackage();
  const tools = toolsIn(await import(home)).filter(({ spec }) => spec.name === name);
  const [tool, another] = tools;
  if (!tool) throw new Error('its file does not export it, neither by itself nor in a list or an agent');
  if (another) throw new Error(`its file has ${tools.length} tools of that name`);
  return tool;
}

/** Why a tool cannot be loaded again in another thread or process, if it cannot. */
export async function whyNotMovable(tool: Tool): Promise<string | undefined> {
  const home = homeOf(tool);
  if (home === undefined) {
    return tool.source === undefined
      ? 'it is not known which file it comes from'
      : `it comes from ${tool.source}, not from a file`;
  }
  try {
    await loadTool(home, tool.spec.name);
    return undefined;
  } catch (error) {
    return tool.source === 'built-in' ? 'it is built in, and only runs in the event loop' : messageOf(error);
  }
}

/**
 * Refuses tools that are to run in a thread or process but cannot be loaded there.
 *
 * @throws {UserError} that names the first of them
 */
export async function checkHomes(tools: Iterable<Tool>): Promise<void> {
  for (const tool of tools) {
    const { thread, isolate } = tool.policy;
    if (!thread && !isolate) continue;
    const problem = await whyNotMovable(tool);
    if (problem === undefined) continue;
    const [place, key] = isolate ? ['process of its own', 'isolate'] : ['thread', 'thread'];
    throw new UserError(
      `Cannot run tool "${tool.spec.name}" in a ${place}: ${problem}. ` +
        `Leave ${key} out of its policy, or export it from a file that --tools or --agent names.`,
    );
  }
}

/** All tools that a module's exports lead to, each once. */
function toolsIn(exports: Readonly<Record<string, unknown>>): readonly Tool[] {
  const tools = new Set<Tool>();
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isTool(value)) tools.add(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isTeam(value)) [...value.tools, ...value.handoffs].forEach(visit);
  };
  Object.values(exports).forEach(visit);
  return [...tools];
}

/** Whether a value looks like an agent: what makes one is not known here. */
function isTeam(value: object): value is { readonly tools: readonly unknown[]; readonly handoffs: readonly unknown[] } {
  return 'tools' in value && Array.isArray(value.tools) && 'handoffs' in value && Array.isArray(value.handoffs);
}
