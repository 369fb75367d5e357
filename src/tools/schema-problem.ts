import { isObject } from '../contract/json.ts';

const TYPES: readonly unknown[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const MAX_DEPTH = 64;

/**
 * What is wrong with a JSON Schema that somebody wrote, in words that go on from what it is a schema of: `properties.age
 * has the type "int", …`; nothing if it can be used. Of keywords that are not known nothing is said.
 */
export function schemaProblem(schema: unknown): string | undefined {
  return problemIn(schema, []);
}

function problemIn(schema: unknown, path: readonly string[]): string | undefined {
  const at = path.length === 0 ? 'the schema' : path.join('.');
  if (typeof schema === 'boolean') return undefined;
  if (!isObject(schema)) return `${at} is no schema`;
  if (path.length > MAX_DEPTH) return `${path.slice(0, 3).join('.')} is nested too deep`;
  for (const [keyword, value] of Object.entries(schema)) {
    const problem = Object.hasOwn(VALUES, keyword) ? VALUES[keyword]?.(value) : undefined;
    if (problem !== undefined) return `${at} ${problem}`;
    for (const [step, inner] of partsOf(keyword, value)) {
      const innerProblem = problemIn(inner, [...path, ...step]);
      if (innerProblem !== undefined) return innerProblem;
    }
  }
  return undefined;
}

/** What a keyword's value may be, for those that people get wrong. */
const VALUES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  type: (value) => {
    const unknown = (Array.isArray(value) ? value : [value]).find((type) => !TYPES.includes(type));
    return unknown === undefined ? undefined : `has the type ${JSON.stringify(unknown)}; there are ${TYPES.join(', ')}`;
  },
  required: (value) =>
    isListOfText(value) ? undefined : 'has a "required" that is no list of names; it belongs beside "properties"',
  enum: (value) => (Array.isArray(value) ? undefined : 'has an "enum" that is no list'),
  pattern: (value) => (isPattern(value) ? undefined : 'has a "pattern" that is no regular expression'),
  properties: (value) => (isObject(value) ? undefined : 'has "properties" that are no object of schemas'),
  ...Object.fromEntries(
    ['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((keyword) => [
      keyword,
      (value: unknown) => (Array.isArray(value) ? undefined : `has a "${keyword}" that is no list of schemas`),
    ]),
  ),
};

const NAMED_PARTS = ['properties', 'patternProperties', '$defs', 'definitions'];
const LISTED_PARTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const PARTS = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'];

/** The schemas that a keyword holds, each with the way to it. */
function partsOf(keyword: string, value: unknown): readonly (readonly [path: readonly string[], schema: unknown])[] {
  if (NAMED_PARTS.includes(keyword)) {
    return Object.entries(isObject(value) ? value : {}).map(([name, part]) => [[keyword, name], part]);
  }
  if (LISTED_PARTS.includes(keyword) && Array.isArray(value)) {
    return value.map((part, index) => [[keyword, String(index)], part]);
  }
  return PARTS.includes(keyword) ? [[[keyword], value]] : [];
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    new RegExp(value, 'u');
    return true;
  } catch {
    return false;
  }
}

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
