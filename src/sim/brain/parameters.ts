import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { OfferedTool } from './thought.ts';

/** A parameter of a tool as its schema describes it. */
export interface Parameter {
  readonly name: string;
  readonly schema: JsonObject;
  readonly required: boolean;
}

/** A tool's parameters in the order of its schema. */
export function parametersOf(tool: OfferedTool): readonly Parameter[] {
  const properties = tool.parameters['properties'];
  if (!isObject(properties)) return [];
  const required = tool.parameters['required'];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema: isObject(schema) ? schema : {},
    required: isList(required) && required.includes(name),
  }));
}

/** Whether a parameter takes values of a JSON Schema type; one without a type takes any. */
export function takes(schema: JsonObject, type: string): boolean {
  const types = typesOf(schema);
  return types.length === 0 || types.some((own) => own === type || (type === 'number' && own === 'integer'));
}

/** The words of an identifier such as `getWeather` or `sum_numbers`, in lower case. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

function typesOf(schema: JsonObject): readonly string[] {
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (isList(alternatives)) return alternatives.filter(isObject).flatMap(typesOf);
  return [schema['type'] as JsonValue]
    .flat()
    .filter((type) => typeof type === 'string')
    .map((type) => type.toLowerCase());
}
