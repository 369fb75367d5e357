import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';

/**
 * The arguments with each text that is a reference as a whole (`$id`, `${id}` or `${id.path}`) in the form of an object,
 * `{"$call": "id", "path": "path"}`, if there is such an id: other text may begin with a dollar sign, too.
 */
export function toObjectReferences(args: JsonObject, isId: (id: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, converted(value, isId)]));
}

function converted(value: JsonValue, isId: (id: string) => boolean): JsonValue {
  if (typeof value === 'string') return reference(value, isId) ?? value;
  if (isList(value)) return value.map((inner) => converted(inner, isId));
  return isObject(value) ? toObjectReferences(value, isId) : value;
}

function reference(text: string, isId: (id: string) => boolean): JsonObject | undefined {
  const { braced, bare } = REFERENCE.exec(text)?.groups ?? {};
  const target = braced ?? bare;
  if (target === undefined) return undefined;
  const end = target.search(/[.[]/);
  const id = end === -1 ? target : target.slice(0, end);
  if (!isId(id)) return undefined;
  return end === -1 ? { $call: id } : { $call: id, path: target.slice(end).replace(/^\./, '') };
}

const REFERENCE = /^\$(?:\{(?<braced>[^{}]+)\}|(?<bare>[^\s{}$]+))$/;
