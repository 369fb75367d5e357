/** Any value that survives a round trip through JSON text. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object: what tools take as arguments and what wire formats are made of. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Whether a value is an object rather than a list, a null or a scalar. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>>;
export function isObject(value: JsonValue | undefined): value is JsonObject;
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isList(value);
}

/** Whether a value is a list. `Array.isArray` would make `any[]` of one that is read-only. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Keys that reach for a prototype, which nobody outside may name. */
export const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** How many characters a value has as JSON text, but for escapes: counted without making the text. */
export function jsonLength(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return String(value).length;
  let length = 1;
  if (isList(value)) {
    for (const item of value) length += jsonLength(item) + 1;
  } else {
    for (const [key, item] of Object.entries(value)) length += key.length + 4 + jsonLength(item);
  }
  return Math.max(2, length);
}
