import type { JsonObject, JsonValue } from '../contract/json.ts';

/** A name that stands for nothing, and how many line feeds stand before it. */
export interface UnknownName {
  readonly name: string;
  readonly linesDown: number;
}

/** A text with its names filled in, or what keeps it from being that. */
export type Filled =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly unknown: readonly UnknownName[] };

/**
 * Puts a variable's value in place of each `{{name}}`: a text as it is, anything else as JSON. Values are not filled in
 * themselves; `\{{` is a literal `{{`. With no unknown name it fails only for a text that grows past `maxBytes`.
 */
export function fillNames(text: string, vars: JsonObject, maxBytes: number): Filled {
  if (!text.includes('{{')) return { ok: true, text };
  const unknown = new Map<string, UnknownName>();
  let bytes = Buffer.byteLength(text);
  const filled = text.replace(NAME, (found: string, inner: string | undefined, offset: number) => {
    if (inner === undefined) return '{{';
    if (bytes > maxBytes) return '';
    const name = inner.trim();
    const value = lookUp(vars, name);
    if (value === undefined) {
      if (!unknown.has(name)) unknown.set(name, { name, linesDown: countLineFeeds(text, offset) });
      return found;
    }
    const valueText = typeof value === 'string' ? value : JSON.stringify(value);
    bytes += Buffer.byteLength(valueText);
    return valueText;
  });
  return unknown.size > 0 || bytes > maxBytes
    ? { ok: false, unknown: [...unknown.values()] }
    : { ok: true, text: filled };
}

const NAME = /\\\{\{|\{\{([^{}\n]*)\}\}/g;

function lookUp(vars: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(vars, name) ? vars[name] : undefined;
}

function countLineFeeds(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
