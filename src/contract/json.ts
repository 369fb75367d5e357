/** Any value that survives a round trip through JSON text. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object: what tools take as arguments and what wire formats are made of. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** How many characters a value has as JSON text, but for escapes: counted without making the text. */
export function jsonLength(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return String(value).length;
  let length = 1;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) length += jsonLength(item) + 1;
  } else {
    for (const [key, item] of Object.entries(value)) length += key.length + 4 + jsonLength(item);
  }
  return Math.max(2, length);
}
