import type { Tool } from '../../contract/tool.ts';
import { withChanges } from '../define-tool.ts';
import { calculateTool } from './calculate.ts';
import { defaultTools } from './default-tools.ts';
import { createFileTools } from './files.ts';
import { createHttpGetTool } from './http-get.ts';

/** All built-in tools; files are read inside of `root`, private addresses are asked if `allowPrivate`. */
export function createBuiltInTools(options: {
  readonly root: string;
  readonly allowPrivate: boolean;
}): readonly Tool[] {
  const others = [calculateTool, createHttpGetTool(options), ...createFileTools(options)].map((tool) =>
    withChanges(tool, { source: 'built-in' }),
  );
  return [...defaultTools, ...others];
}

/** The built-in tools of those names, separated by commas, or all of them for `all`; or what is wrong with the names. */
export function pickBuiltIns(
  names: string,
  tools: readonly Tool[],
): { readonly ok: true; readonly tools: readonly Tool[] } | { readonly ok: false; readonly problem: string } {
  const wanted = new Set(
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  if (wanted.has('all')) return { ok: true, tools };
  const known = tools.map(({ spec }) => spec.name);
  const unknown = [...wanted].filter((name) => !known.includes(name));
  if (wanted.size > 0 && unknown.length === 0) {
    return { ok: true, tools: tools.filter(({ spec }) => wanted.has(spec.name)) };
  }
  const [what, why] = unknown.length > 0 ? [unknown, 'there is no such tool'] : [[names], 'it names no tool'];
  const quoted = what.map((name) => `"${name}"`).join(', ');
  return { ok: false, problem: `Cannot use ${quoted} as --builtin: ${why}. There are: ${known.join(', ')}, or all.` };
}
