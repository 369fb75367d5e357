import { createHash } from 'node:crypto';

/** `AnyValue` of OTLP/JSON: 64-bit numbers are texts there. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

type Plain = string | number | boolean | readonly string[] | undefined;

/** Attributes of a span; those without a value are left out. */
export function attributes(values: Readonly<Record<string, Plain>>): readonly KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: Exclude<Plain, undefined>): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Identifiers that are the same whenever the same run is told of: 32 hexadecimal digits for a trace, 16 for a span. */
export function identifier(digits: 16 | 32, ...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits);
}

/** A moment in nanoseconds since 1970, as the text of a whole number. */
export function unixNano(epochMs: number, atMs: number): string {
  return String(BigInt(epochMs) * 1_000_000n + BigInt(Math.round(atMs * 1e6)));
}
