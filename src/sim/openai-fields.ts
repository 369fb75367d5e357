import type { JsonObject, JsonValue } from '../contract/json.ts';
import { isList, isObject } from '../contract/json.ts';
import type { OpenAiProblem } from './openai-error.ts';

/** The JSON type of a field, with `?` where null is allowed too. */
export type FieldType = 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object' | 'text or list' | 'any';

/** A field's name and its type. */
export type Fields = Readonly<Record<string, FieldType | `${FieldType}?`>>;

/** What is wrong with an object's fields: one that is not known, or one of the wrong type. */
export function checkFields(object: JsonObject, fields: Fields, path = ''): OpenAiProblem | undefined {
  for (const [name, value] of Object.entries(object)) {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const param = `${path}${name}`;
    if (type === undefined) return { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' };
    const nullable = type.endsWith('?');
    const bare = type.replace('?', '') as FieldType;
    if (value === null ? !nullable && bare !== 'any' : !hasType(value, bare)) return wrongType(param, bare, value);
  }
  return undefined;
}

/** The first required field that is missing. */
export function checkRequired(object: JsonObject, names: readonly string[], path = ''): OpenAiProblem | undefined {
  const missing = names.find((name) => object[name] === undefined);
  if (missing === undefined) return undefined;
  const param = `${path}${missing}`;
  return { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' };
}

/** A value that has the wrong type. */
export function wrongType(param: string, expected: FieldType, value: JsonValue): OpenAiProblem {
  return {
    message: `Invalid type for '${param}': expected ${EXPECTED[expected]}, but got ${describe(value)} instead.`,
    param,
    code: 'invalid_type',
  };
}

/** A value that is none of those which are allowed. */
export function wrongValue(param: string, value: JsonValue, allowed: readonly string[]): OpenAiProblem {
  const last = allowed.at(-1);
  const list =
    allowed.length > 1
      ? `Supported values are: ${allowed
          .slice(0, -1)
          .map((text) => `'${text}'`)
          .join(', ')}${allowed.length > 2 ? ',' : ''} and '${last}'.`
      : `Value must be '${last}'.`;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return { message: `Invalid value: '${shown}'. ${list}`, param, code: 'invalid_value' };
}

/** What is wrong with the format that an answer is asked for in: rules write none but text. */
export function checkFormat(param: string, format: JsonValue | undefined): OpenAiProblem | undefined {
  const type = isObject(format) ? format['type'] : 'text';
  if (type === 'text') return undefined;
  return {
    message: `Invalid parameter: '${param}' of type '${String(type)}' is not supported with this model.`,
    param,
  };
}

/** What is wrong with options of a stream: they mean nothing where there is none. */
export function checkStreamOptions(body: JsonObject): OpenAiProblem | undefined {
  if (!isObject(body['stream_options']) || body['stream'] === true) return undefined;
  return {
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    param: 'stream_options',
  };
}

const EXPECTED: Readonly<Record<FieldType, string>> = {
  string: 'a string',
  boolean: 'a boolean',
  integer: 'an integer',
  number: 'a decimal',
  array: 'an array of objects',
  object: 'an object',
  'text or list': 'one of a string or array of objects',
  any: 'a value',
};

function hasType(value: JsonValue, type: FieldType): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return isList(value);
    case 'object':
      return typeof value === 'object' && !isList(value);
    case 'text or list':
      return typeof value === 'string' || isList(value);
    case 'any':
      return true;
    default:
      return typeof value === type;
  }
}

function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (isList(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
