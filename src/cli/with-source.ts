import type { Tool } from '../contract/tool.ts';
import { withChanges } from '../tools/define-tool.ts';

const sourced = new WeakMap<Tool, Tool>();

/** The tool with where it comes from, unless it says so itself: the same one each time, as many agents may have it. */
export function withSource(tool: Tool, source: string): Tool {
  if (tool.source !== undefined) return tool;
  const known = sourced.get(tool);
  if (known) return known;
  const made = withChanges(tool, { source });
  sourced.set(tool, made);
  return made;
}
