import type { JsonObject, JsonValue } from '../contract/json.ts';
import { isList, isObject } from '../contract/json.ts';

/** The arguments that a schema allows, in short: `city: string, days?: integer, unit?: "C" | "F"`. Empty where it names none. */
export function describeParameters(schema: JsonObject): string {
  const { properties, required } = schema;
  if (!isObject(properties)) return '';
  const needed = isList(required) ? required : [];
  return Object.entries(properties)
    .map(([name, property]) => `${name}${needed.includes(name) ? '' : '?'}: ${typeOf(property)}`)
    .join(', ');
}

function typeOf(schema: JsonValue): string {
  if (!isObject(schema)) return 'any';
  const { type, items, const: only, enum: values, anyOf, oneOf = anyOf } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (isList(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (isList(oneOf)) return oneOf.map(typeOf).join(' | ');
  if (type === 'array') return `list of ${typeOf(items ?? true)}`;
  if (isList(type)) return type.join(' | ');
  return typeof type === 'string' ? type : 'any';
}
