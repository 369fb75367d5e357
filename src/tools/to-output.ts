import type { JsonValue } from '../contract/json.ts';
import { outputText } from '../contract/tool.ts';
import type { OutputLimits } from './tool-limits.ts';

/** What came of a tool, as far as it goes where. */
export interface Output<T extends JsonValue = JsonValue> {
  /** What the model is shown. */
  readonly shown: T;
  /** What the journal keeps, where that is more. */
  readonly full?: T;
}

/**
 * What a tool returned, as JSON that is no longer than the limits say. Nothing becomes `null`; bigints become strings, maps
 * objects, sets lists, a cycle the text `[circular]`. What is too large becomes text that says how much of it was left out.
 *
 * @throws {TypeError | RangeError} if the value cannot be expressed as JSON
 */
export function toOutput(value: unknown, limits: OutputLimits): Output {
  if (value === undefined || value === null) return { shown: null };
  if (typeof value === 'boolean') return { shown: value };
  if (typeof value === 'number') return { shown: Number.isFinite(value) ? value : String(value) };
  if (typeof value === 'string') return toTextOutput(value, limits);
  const text = JSON.stringify(value, plain()) ?? 'null';
  return limited<JsonValue>(text, () => JSON.parse(text), limits);
}

/** The same of a text. */
export function toTextOutput(text: string, limits: OutputLimits): Output<string> {
  const wellFormed = text.toWellFormed();
  return limited(wellFormed, () => wellFormed, limits);
}

/** Outputs that a model is shown together: if they are more than `maxBytes`, none is shown more of than its share. */
export function fitOutputs(outputs: readonly JsonValue[], maxBytes: number): readonly JsonValue[] {
  const total = outputs.reduce((sum: number, output) => sum + Buffer.byteLength(outputText(output)), 0);
  if (total <= maxBytes) return outputs;
  const limits = { maxOutputBytes: Math.floor(maxBytes / outputs.length), maxJournalOutputBytes: 0 };
  return outputs.map((output) => toOutput(output, limits).shown);
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

/** @param whole what the text stands for */
function limited<T extends JsonValue>(
  text: string,
  whole: () => T,
  { maxOutputBytes, maxJournalOutputBytes }: OutputLimits,
): Output<T | string> {
  const total = text.length * 3 <= maxOutputBytes ? 0 : Buffer.byteLength(text);
  if (total <= maxOutputBytes) return { shown: whole() };
  const shown = cut(text, maxOutputBytes, total);
  if (maxJournalOutputBytes <= maxOutputBytes) return { shown };
  return { shown, full: total <= maxJournalOutputBytes ? whole() : cut(text, maxJournalOutputBytes, total) };
}

/** A text of its own: a part of the other one would keep all of that in memory. */
function cut(text: string, maxBytes: number, total: number): string {
  const bytes = Buffer.alloc(maxBytes);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return `${bytes.toString('utf8', 0, written)}\n[cut: the first ${maxBytes} of ${total} bytes]`;
}
