import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';

/** Parts of a schema that are read, over all references; what is beyond accepts anything. */
const MAX_PARTS = 2000;
const MAX_DEPTH = 64;

/** The keywords that are taken over as they are, if their values are what they should be. */
const COPIED: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  type: (value) => typeof value === 'string' || isListOfText(value),
  enum: Array.isArray,
  const: () => true,
  required: isListOfText,
  minLength: isNumber,
  maxLength: isNumber,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: isNumber,
  minItems: isNumber,
  maxItems: isNumber,
  minProperties: isNumber,
  maxProperties: isNumber,
};

type Loosen = (part: JsonValue | undefined) => JsonValue;
type Members = [string, JsonValue][];

/**
 * What can be checked of a stranger's schema without the stranger deciding how long that takes. It accepts all that the
 * schema accepts, and more: regular expressions and formats are left out, and so is what is said by negation or by
 * counting matches, which would get stricter by that. References are followed inside the schema, up to a limit.
 */
export function checkableSchema(schema: JsonObject): JsonObject {
  let partsLeft = MAX_PARTS;
  const loosen = (part: JsonValue | undefined, depth: number): JsonValue => {
    partsLeft -= 1;
    if (part === false) return false;
    if (!isObject(part) || depth > MAX_DEPTH || partsLeft < 0) return true;
    const inner: Loosen = (value) => loosen(value, depth + 1);
    const copied = Object.entries(part).filter(([key, value]) => Object.hasOwn(COPIED, key) && COPIED[key]?.(value));
    const all = ['allOf', conjunctsOf(part, schema, inner)] as const;
    return Object.fromEntries([...copied, ...propertiesOf(part, inner), ...itemsOf(part, inner), all]);
  };
  return { allOf: [loosen(schema, 0)] };
}

function propertiesOf({ properties, patternProperties, additionalProperties }: JsonObject, inner: Loosen): Members {
  const members: Members = [];
  if (isObject(properties)) {
    const loose = Object.entries(properties).map(([name, part]) => [name, inner(part)] as const);
    members.push(['properties', Object.fromEntries(loose)]);
  }
  // What a pattern lets in is not known without it, so nothing can be said of the rest.
  if (additionalProperties !== undefined && patternProperties === undefined) {
    members.push(['additionalProperties', inner(additionalProperties)]);
  }
  return members;
}

/** Tuples have been written in two ways: `items` and `additionalItems` before 2020, `prefixItems` and `items` since. */
function itemsOf({ prefixItems, items, additionalItems }: JsonObject, inner: Loosen): Members {
  const tuple = Array.isArray(items) ? items : prefixItems;
  const rest = Array.isArray(items) ? additionalItems : items;
  const members: Members = [];
  if (Array.isArray(tuple)) members.push(['prefixItems', tuple.map(inner)]);
  if (rest !== undefined) members.push(['items', inner(rest)]);
  return members;
}

function conjunctsOf({ allOf, anyOf, oneOf, $ref }: JsonObject, root: JsonObject, inner: Loosen): readonly JsonValue[] {
  const conjuncts = Array.isArray(allOf) ? allOf.map(inner) : [];
  for (const choice of [anyOf, oneOf]) {
    if (Array.isArray(choice) && choice.length > 0) conjuncts.push({ anyOf: choice.map(inner) });
  }
  if (typeof $ref === 'string') conjuncts.push(inner(findPart(root, $ref)));
  return conjuncts;
}

/** The part of the schema that a reference names; of what is elsewhere nothing is known. */
function findPart(root: JsonObject, reference: string): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined;
  let part: JsonValue | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(part) || !Object.hasOwn(part, key)) return undefined;
    part = part[key];
  }
  return part;
}

function isNumber(value: JsonValue): boolean {
  return typeof value === 'number';
}

function isListOfText(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
