import type { JsonValue } from '../contract/json.ts';

/**
 * What a tool returned, as JSON that is at most `maxBytes` of UTF-8 text. Nothing becomes `null`; bigints become
 * strings, maps objects, sets lists, a cycle the text `[circular]`. What is too large becomes text that says how much
 * of it was left out.
 *
 * @throws {TypeError | RangeError} if the value cannot be expressed as JSON
 */
export function toOutput(value: unknown, maxBytes: number): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return cut(value.toWellFormed(), maxBytes);
  const text = JSON.stringify(value, plain()) ?? 'null';
  return Buffer.byteLength(text) <= maxBytes ? (JSON.parse(text) as JsonValue) : cut(text, maxBytes);
}

/** A replacer that knows the objects it is inside of. */
function plain(): (this: unknown, key: string, value: unknown) => unknown {
  const path: { readonly original: object; readonly shown: object }[] = [];
  return function (_key, value) {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return value;
    while (path.length > 0 && path.at(-1)?.shown !== this) path.pop();
    if (path.some(({ original }) => original === value)) return '[circular]';
    const shown = expressible(value);
    path.push({ original: value, shown });
    return shown;
  };
}

function expressible(value: object): object {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return { error: value.message };
  return value;
}

function cut(text: string, maxBytes: number): string {
  const total = text.length * 3 <= maxBytes ? 0 : Buffer.byteLength(text);
  if (total <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return `${text.slice(0, read)}\n[cut: the first ${maxBytes} of ${total} bytes]`;
}
