import type { JsonValue } from '../contract/json.ts';
import { isObject } from '../contract/json.ts';

/**
 * What JSON of some type looks like: `{ name: 'string', 'size?': 'number', tags: ['string'] }`, where `size` may be left
 * out. `name` is a text that is not blank, `ordinal` a whole number from 1, `index` one from 0 that arrays can have, a
 * set one of the words in it, `object` one with anything in it, and `value` is anything. Objects of several sorts come
 * with the field that tells them apart:
 * `['kind', { circle: { radius: 'number' }, point: {} }]`.
 */
export type Shape<T> = [T] extends [string]
  ? 'string' | 'name' | ReadonlySet<T>
  : [T] extends [number]
    ? 'number' | 'ordinal' | 'index'
    : [T] extends [boolean]
      ? 'boolean'
      : [JsonValue] extends [T]
        ? 'value'
        : string extends keyof T
          ? 'object'
          : [T] extends [readonly (infer Item)[]]
            ? readonly [Shape<Item>]
            : [T] extends [{ readonly kind: string }]
              ? readonly ['kind', Sorts<T, 'kind'>]
              : [T] extends [{ readonly ok: boolean }]
                ? readonly ['ok', Sorts<T, 'ok'>]
                : Fields<T>;

type Sorts<T, By extends keyof T> = {
  readonly [Name in T[By] as `${Name & (string | boolean)}`]: Fields<Omit<Extract<T, Record<By, Name>>, By>>;
};
type Fields<T> = {
  readonly [Name in keyof T as object extends Pick<T, Name> ? `${Name & string}?` : Name]-?: Shape<
    Exclude<T[Name], undefined>
  >;
};

/** Where a value is not as it should be: the way there (`.usage.inputTokens`), which is empty for the value itself. */
export type Check = (value: unknown) => string | undefined;

/** Tells of JSON where it has another shape; nothing where it has this one. What it holds besides does not matter. */
export function checkOf(shape: unknown): Check {
  if (typeof shape === 'string') return hasSort(CHECKS[shape as Sort]);
  if (shape instanceof Set) return hasSort((value) => shape.has(value));
  if (!Array.isArray(shape)) return hasFields(shape as object);
  const [first, sorts]: readonly unknown[] = shape;
  return sorts ? isOneOf(String(first), sorts as object) : isList(checkOf(first));
}

type Sort = 'string' | 'name' | 'number' | 'ordinal' | 'index' | 'boolean' | 'object' | 'value';

/** What is kept by index takes up to twelve bytes for each. */
const MOST_INDEXES = 2 ** 26;

const CHECKS: { readonly [S in Sort]: (value: unknown) => boolean } = {
  string: (value) => typeof value === 'string',
  name: (value) => typeof value === 'string' && value.trim() !== '',
  number: Number.isFinite,
  ordinal: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  index: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < MOST_INDEXES,
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  value: (value) => value !== undefined,
};

function hasSort(isSo: (value: unknown) => boolean): Check {
  return (value) => (isSo(value) ? undefined : '');
}

function isList(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return '';
    for (let index = 0; index < value.length; index++) {
      const flaw = check(value[index]);
      if (flaw !== undefined) return `.${index}${flaw}`;
    }
    return undefined;
  };
}

function hasFields(shape: object): Check {
  const fields = Object.entries(shape).map(([name, inner]) => ({
    name: name.replace('?', ''),
    isNeeded: !name.endsWith('?'),
    check: checkOf(inner),
  }));
  return (value) => {
    if (!isObject(value)) return '';
    for (const { name, isNeeded, check } of fields) {
      const member = value[name];
      if (member === undefined && !isNeeded) continue;
      const flaw = check(member);
      if (flaw !== undefined) return `.${name}${flaw}`;
    }
    return undefined;
  };
}

function isOneOf(by: string, sorts: object): Check {
  const nameOf = (name: string) => (by === 'ok' ? name === 'true' : name);
  const checks = new Map<unknown, Check>(
    Object.entries(sorts).map(([name, fields]) => [nameOf(name), hasFields(fields)]),
  );
  return (value) => {
    if (!isObject(value)) return '';
    const check = checks.get(value[by]);
    return check ? check(value) : `.${by}`;
  };
}
