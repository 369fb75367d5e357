import type { JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';

/** Fields whose values are the client's own: the names in them mean nothing to the server. */
const OPAQUE = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
  'responseSchema',
]);

/** Fields that hold lists, of which a single entry may stand by itself. */
const LISTS = new Set(['contents', 'functionDeclarations', 'parts', 'tools']);

/**
 * The same request with its fields called `likeThis`. The vendor takes the names `like_this` too, which many of its own
 * examples use, as it takes a single entry for a list of one: https://protobuf.dev/programming-guides/json/
 */
export function plainNames(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(plainNames);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).map(([given, inner]): [string, JsonValue] => {
    const name = given.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const plain = OPAQUE.has(name) ? inner : plainNames(inner);
    return [name, LISTS.has(name) && isObject(plain) ? [plain] : plain];
  });
  return Object.fromEntries(fields);
}
