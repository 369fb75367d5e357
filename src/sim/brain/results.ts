import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { HistoryEntry, PlannedCall } from './thought.ts';

/** A call that has been made, and what came back. */
export interface CallResult {
  readonly call: PlannedCall;
  readonly output: JsonValue;
}

/** The results in a history, oldest first. */
export function resultsOf(history: readonly HistoryEntry[]): readonly CallResult[] {
  return history.filter((entry) => entry.role === 'result');
}

/** The latest result of an equal call: same tool, same arguments in any order. */
export function findResult(results: readonly CallResult[], call: PlannedCall): CallResult | undefined {
  const key = canonical(call.args);
  return results.findLast((result) => result.call.name === call.name && canonical(result.call.args) === key);
}

/** The message of a tool that failed, or undefined for a result. */
export function failureIn(output: JsonValue): string | undefined {
  if (typeof output === 'string') return /^(?:error\b|an error occurred)/i.test(output) ? output : undefined;
  if (!isObject(output)) return undefined;
  const error = output['error'];
  if (error === undefined || error === null || error === false) return undefined;
  if (isObject(error) && typeof error['message'] === 'string') return error['message'];
  return typeof error === 'string' ? error : JSON.stringify(error);
}

/** The one number that an output is or holds, or undefined. */
export function numberIn(output: JsonValue): number | undefined {
  if (typeof output === 'number') return output;
  if (typeof output === 'string') {
    const numbers = output.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? [];
    return output.trim() !== '' && Number.isFinite(Number(output)) ? Number(output) : lastOnly(numbers.map(Number));
  }
  if (!isObject(output)) return undefined;
  const named = ['result', 'value', 'output', 'answer'].map((key) => output[key]).find((value) => value !== undefined);
  if (named !== undefined) return numberIn(named);
  return lastOnly(Object.values(output).filter((value) => typeof value === 'number'));
}

/** An output in a few words for an answer; values equal to `known` are left out. */
export function describeOutput(output: JsonValue, known = ''): string {
  if (isList(output)) return output.map((value) => describeOutput(value, known)).join(', ');
  if (!isObject(output)) return typeof output === 'string' ? output : JSON.stringify(output);
  return Object.entries(output)
    .filter(([, value]) => !(typeof value === 'string' && value.toLowerCase() === known.toLowerCase()))
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${describeOutput(value, known)}`)
    .join(', ');
}

/** A text with one full stop at its end, unless it ends in another mark. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function lastOnly(numbers: readonly number[]): number | undefined {
  return numbers.length === 1 ? numbers[0] : undefined;
}

function canonical(args: JsonObject): string {
  return JSON.stringify(args, Object.keys(args).sort());
}
