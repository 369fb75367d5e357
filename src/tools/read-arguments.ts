import type { JsonObject, JsonValue } from '../contract/json.ts';
import { MAX_ARGUMENT_BYTES } from './tool-limits.ts';

const MAX_DEPTH = 64;
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

/** The arguments of a call as an object, or what is wrong with the text. Nothing at all counts as `{}`. */
export function readArguments(
  text: string,
): { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly problem: string } {
  if (text.trim() === '') return { ok: true, args: {} };
  if (Buffer.byteLength(text) > MAX_ARGUMENT_BYTES) {
    return { ok: false, problem: `The arguments are larger than ${MAX_ARGUMENT_BYTES} bytes.` };
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      problem: `The arguments are not valid JSON: ${error instanceof Error ? error.message : error}`,
    };
  }
  if (!isObject(value)) return { ok: false, problem: 'The arguments are not a JSON object.' };
  const problem = hostility(value, 1);
  return problem === undefined ? { ok: true, args: value } : { ok: false, problem };
}

function hostility(value: JsonValue, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `The arguments are nested more than ${MAX_DEPTH} levels deep.`;
  for (const [key, inner] of Object.entries(value)) {
    if (FORBIDDEN.includes(key) && isObject(value)) return `The arguments may not have a key called "${key}".`;
    const problem = hostility(inner, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
