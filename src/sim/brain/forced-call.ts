import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';
import { isHandoff } from './handoff-rule.ts';
import { parametersOf, takes, wordsOfName } from './parameters.ts';
import type { OfferedTool, PlannedCall } from './thought.ts';
import { wordFit, wordsIn } from './word-fit.ts';

/**
 * A call for a request that insists on one, of use or not: to the tool whose name fits the prompt best, with what the
 * prompt holds for its parameters, and with nothing much where it holds nothing.
 */
export function forcedCall(prompt: string, tools: readonly OfferedTool[]): PlannedCall | undefined {
  const words = wordsIn(prompt);
  const own = tools.filter(({ name }) => !isHandoff(name));
  const [best] = (own.length > 0 ? own : tools).toSorted((a, b) => fitOf(b, words) - fitOf(a, words));
  if (!best) return undefined;
  const numbers = (prompt.match(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w])/g) ?? []).map(Number);
  const required = parametersOf(best).filter((parameter) => parameter.required);
  return {
    name: best.name,
    args: Object.fromEntries(required.map(({ name, schema }) => [name, valueFor(schema, prompt, numbers)])),
  };
}

function fitOf(tool: OfferedTool, words: readonly string[]): number {
  return wordFit(wordsOfName(tool.name), words);
}

function valueFor(schema: JsonObject, prompt: string, numbers: number[]): JsonValue {
  if (isList(schema['enum'])) return schema['enum'][0] ?? null;
  if (takes(schema, 'string')) return prompt;
  if (takes(schema, 'number')) return numbers.shift() ?? 1;
  if (takes(schema, 'boolean')) return false;
  if (takes(schema, 'array')) return [];
  return takes(schema, 'object') ? {} : null;
}
