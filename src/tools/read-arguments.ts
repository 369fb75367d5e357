import { messageOf } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { isObject, PROTOTYPE_KEYS } from '../contract/json.ts';
import { showBytes } from '../contract/show-bytes.ts';
import type { ArgumentLimits } from './tool-limits.ts';

/** The arguments of a call as an object, or what is wrong with the text. Nothing at all counts as `{}`. */
export function readArguments(
  text: string,
  { maxArgumentBytes, maxArgumentDepth }: ArgumentLimits,
): { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly problem: string } {
  if (text.trim() === '') return { ok: true, args: {} };
  if (Buffer.byteLength(text) > maxArgumentBytes) {
    const problem = `The arguments are larger than ${showBytes(maxArgumentBytes)} (--max-arguments).`;
    return { ok: false, problem };
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      problem: `The arguments are not valid JSON: ${messageOf(error)}`,
    };
  }
  if (!isObject(value)) return { ok: false, problem: 'The arguments are not a JSON object.' };
  const problem = hostility(value, { depth: 1, maxArgumentDepth });
  return problem === undefined ? { ok: true, args: value } : { ok: false, problem };
}

function hostility(
  value: JsonValue,
  { depth, maxArgumentDepth }: { readonly depth: number; readonly maxArgumentDepth: number },
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > maxArgumentDepth) {
    return `The arguments are nested more than ${maxArgumentDepth} levels deep (--max-argument-depth).`;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (PROTOTYPE_KEYS.has(key) && isObject(value)) return `The arguments may not have a key called "${key}".`;
    const problem = hostility(inner, { depth: depth + 1, maxArgumentDepth });
    if (problem !== undefined) return problem;
  }
  return undefined;
}
