import type { JsonObject } from '../contract/json.ts';
import { PROTOTYPE_KEYS } from '../contract/json.ts';
import { quote } from './quote.ts';

/** Where in an entry something is wrong, and what. */
export interface FieldProblem {
  readonly path: readonly string[];
  readonly problem: string;
}

/**
 * Whether an object out of a file is plain JSON that the rest of the program may handle without care: at most 64 levels
 * deep, no key that reaches for a prototype, no number that was changed by reading it. If not, says why in `problems`.
 */
export function isSafeJson(
  value: Readonly<Record<string, unknown>>,
  path: readonly string[],
  problems: FieldProblem[],
): value is JsonObject {
  const before = problems.length;
  checkValue(value, path, problems, 1);
  return problems.length === before;
}

const MAX_DEPTH = 64;

function checkValue(value: unknown, path: readonly string[], problems: FieldProblem[], depth: number): void {
  const refuse = (state: string) => problems.push({ path, problem: `Cannot use ${quote(path.join('.'))}: ${state}` });
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('JSON has no such number. Write it in quotes.');
    else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      refuse('the number has more digits than are kept when it is read. Write it in quotes.');
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) {
    problems.push({
      path: path.slice(0, 1),
      problem: `Cannot use ${quote(path[0] ?? '')}: it nests deeper than ${MAX_DEPTH} levels. Flatten it.`,
    });
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = [...path, key];
    if (PROTOTYPE_KEYS.has(key) && !Array.isArray(value)) {
      problems.push({
        path: innerPath,
        problem: `Cannot use ${quote(innerPath.join('.'))}: keys named __proto__, constructor or prototype are refused. Rename it.`,
      });
    } else checkValue(inner, innerPath, problems, depth + 1);
  }
}
