import type { Tool } from '../contract/tool.ts';
import { withChanges } from '../tools/define-tool.ts';

const sourced = new WeakMap<Tool, Tool>();

/** The tool with its source, unless it has one. The same tool gives the same object each time, since several agents may have it. */
export function withSource(tool: Tool, source: string): Tool {
  if (tool.source !== undefined) return tool;
  const known = sourced.get(tool);
  if (known) return known;
  const made = withChanges(tool, { source });
  sourced.set(tool, made);
  return made;
}
