import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';
import { isHandoff } from './handoff-rule.ts';
import type { Parameter } from './parameters.ts';
import { parametersOf, takes, wordsOfName } from './parameters.ts';
import type { CallResult } from './results.ts';
import { describeOutput, failureIn, findResult, sentence } from './results.ts';
import type { Finding, OfferedTool } from './thought.ts';
import { wordFit, wordsIn } from './word-fit.ts';

/** A tool that fits a prompt, and how well. */
export interface GenericFit {
  readonly finding: Finding;
  readonly fit: number;
}

/** The call of the one tool that the prompt names in its words and whose parameters the prompt fills, or its result. */
export function genericRule(
  prompt: string,
  tools: readonly OfferedTool[],
  results: readonly CallResult[],
): GenericFit | undefined {
  const words = wordsIn(prompt);
  const [best, second] = tools
    .filter((tool) => !isHandoff(tool.name))
    .map((tool) => ({ tool, named: wordFit(wordsOfName(tool.name), words), args: fillParameters(tool, prompt) }))
    .filter(({ named, args }) => named > 0 && args !== undefined)
    .map((candidate) => ({
      ...candidate,
      fit: candidate.named * 2 + wordFit(words, wordsIn(candidate.tool.description)),
    }))
    .sort((a, b) => b.fit - a.fit);
  if (!best?.args || second?.fit === best.fit) return undefined;
  const call = { name: best.tool.name, args: best.args };
  const result = findResult(results, call);
  if (!result) return { finding: { kind: 'calls', calls: [call] }, fit: best.fit };
  const failure = failureIn(result.output);
  const text =
    failure === undefined ? `${call.name}: ${describeOutput(result.output)}` : `${call.name} failed: ${failure}`;
  return { finding: { kind: 'answer', text: sentence(text) }, fit: best.fit };
}

/** A value for every required parameter from the words of the prompt, or undefined if one cannot be had. */
function fillParameters(tool: OfferedTool, prompt: string): JsonObject | undefined {
  const numbers = (prompt.match(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w])/g) ?? []).map(Number);
  const quoted = [...prompt.matchAll(/"([^"]+)"|“([^”]+)”|(?<!\w)'([^']+)'(?!\w)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  const required = parametersOf(tool).filter((parameter) => parameter.required);
  const values: [string, JsonValue | undefined][] = required.map((parameter) => [
    parameter.name,
    takes(parameter.schema, 'string')
      ? (fromEnum(parameter, prompt) ??
        quoted.shift() ??
        (required.length === 1 ? textFor(tool, parameter, prompt) : undefined))
      : takes(parameter.schema, 'number')
        ? numbers.shift()
        : undefined,
  ]);
  const filled = values.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return filled.length === values.length ? Object.fromEntries(filled) : undefined;
}

function fromEnum({ schema }: Parameter, prompt: string): string | undefined {
  const values = schema['enum'];
  if (!isList(values)) return undefined;
  return values
    .filter((value) => typeof value === 'string')
    .find((value) => prompt.toLowerCase().includes(value.toLowerCase()));
}

/** What the prompt says after the last word that names the tool or the parameter, or all of it. */
function textFor(tool: OfferedTool, parameter: Parameter, prompt: string): string | undefined {
  if (parameter.schema['enum'] !== undefined) return undefined;
  const names = new Set([...wordsOfName(tool.name), ...wordsOfName(parameter.name)]);
  const last = [...prompt.matchAll(/\p{L}+/gu)].findLast(([word]) => wordFit([word.toLowerCase()], [...names]) > 0);
  const rest = last ? prompt.slice(last.index + last[0].length) : prompt;
  const text = rest
    .replace(/^[\s:,]*(?:(?:for|of|the|a|an|to|about|in|at|number|with|on)\s+)*/i, '')
    .replace(/[\s?.!]+$/, '');
  return text === '' ? prompt.trim() : text;
}
