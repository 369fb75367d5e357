import type { JsonObject } from '../../../src/contract/json.ts';
import type { Tool } from '../../../src/contract/tool.ts';

/** Checks the arguments and runs a tool, as a call would. */
export async function runTool(
  tool: Tool | undefined,
  args: JsonObject,
  signal: AbortSignal = new AbortController().signal,
): Promise<unknown> {
  const checked = await tool?.check(args);
  if (!checked?.ok) throw new TypeError(checked?.problem ?? 'there is no such tool');
  return await tool?.run(checked.args, { signal, callKey: 'key', conversation: 'p1', agent: 'assistant' });
}
