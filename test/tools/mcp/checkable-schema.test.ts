import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import { jsonSchemaCheck } from '../../../src/tools/json-schema-check.ts';
import { checkableSchema } from '../../../src/tools/mcp/checkable-schema.ts';

const accepts = (schema: JsonObject, args: JsonObject) => jsonSchemaCheck(checkableSchema(schema))(args).ok;

const name = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(fc.integer({ min: -3, max: 3 }), name, fc.boolean(), fc.constant(null));
const instance = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const schemas = fc.letrec<{ schema: JsonValue }>((tie) => {
  const some = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const types = fc.constantFrom('object', 'array', 'string', 'integer', 'boolean', 'null');
  const keywords = {
    type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1 })),
    properties: fc.dictionary(name, tie('schema')),
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b|c'), tie('schema')),
    additionalProperties: tie('schema'),
    required: fc.uniqueArray(name),
    items: tie('schema'),
    prefixItems: some,
    anyOf: some,
    oneOf: some,
    allOf: some,
    not: tie('schema'),
    if: tie('schema'),
    else: tie('schema'),
    pattern: fc.constantFrom('^a', '.'),
    enum: fc.array(leaf, { minLength: 1 }),
    minimum: fc.integer({ min: -3, max: 3 }),
    minItems: fc.nat(2),
    maxProperties: fc.nat(2),
    $ref: fc.constant('#/$defs/x'),
  };
  return { schema: fc.oneof({ maxDepth: 3 }, fc.boolean(), fc.record(keywords, { requiredKeys: [] })) };
}).schema;

describe("What is checked of a stranger's schema", () => {
  it('accepts all that the schema accepts', () => {
    const root = fc.record({
      allOf: fc.array(schemas, { maxLength: 2 }),
      $defs: fc.record({ x: fc.constant({ type: 'object' }) }),
    });
    fc.assert(
      fc.property(root, fc.dictionary(name, instance), (schema, args) => {
        fc.pre(jsonSchemaCheck(schema as JsonObject)(args as JsonObject).ok);
        expect(accepts(schema as JsonObject, args as JsonObject)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('still refuses wrong types, missing and unknown arguments, and values out of bounds, behind references too', () => {
    const schema = {
      type: 'object',
      properties: {
        unit: { enum: ['C', 'F'] },
        days: { $ref: '#/$defs/days' },
        spots: { items: { $ref: '#/definitions/spot' } },
      },
      required: ['days'],
      additionalProperties: false,
      $defs: { days: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] } },
      definitions: { spot: { type: 'object', required: ['x'] } },
    };
    expect(accepts(schema, { days: 1, unit: 'C', spots: [{ x: 1 }] })).toBe(true);
    for (const wrong of [
      {},
      { days: 0 },
      { days: '1' },
      { days: 1, unit: 'K' },
      { days: 1, more: 1 },
      { days: 1, spots: [{}] },
    ]) {
      expect(accepts(schema, wrong)).toBe(false);
    }
  });

  it.each([
    ['a name let in by a pattern', { patternProperties: { '^x-': {} }, additionalProperties: false }],
    ['a text let in by a negated pattern', { properties: { 'x-a': { not: { pattern: '^no' } } } }],
    ['a choice told apart by patterns', { properties: { 'x-a': { oneOf: [{ pattern: '^y' }, { pattern: '^n' }] } } }],
    ['a condition on a pattern', { properties: { 'x-a': { if: { pattern: '^n' }, else: { minLength: 2 } } } }],
    [
      'a name let in behind a reference',
      { $ref: '#/$defs/a', $defs: { a: { properties: { 'x-a': {} } } }, unevaluatedProperties: false },
    ],
    ['what another document says', { $ref: 'https://example.org/schema' }],
  ])('accepts %s', (_what, schema) => {
    expect(accepts({ type: 'object', ...schema }, { 'x-a': 'yes' })).toBe(true);
  });

  it('knows tuples as they are written now and as they were', () => {
    const tuple = [{ type: 'string' }, { type: 'number' }];
    for (const list of [
      { prefixItems: tuple, items: false },
      { items: tuple, additionalItems: false },
    ]) {
      const schema = { type: 'object', properties: { list } };
      expect(accepts(schema, { list: ['a', 1] })).toBe(true);
      expect(accepts(schema, { list: [1, 'a'] })).toBe(false);
      expect(accepts(schema, { list: ['a', 1, 2] })).toBe(false);
    }
  });

  it('comes to its end even where a naive one never would', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 60 }, (_, level) => {
        const next = { $ref: `#/$defs/d${level + 1}` };
        return [`d${level}`, { allOf: [next, next], properties: { a: next, b: next } }];
      }),
    );
    const loop = { type: 'object', $ref: '#', allOf: [{ $ref: '#' }] };
    expect(accepts({ type: 'object', $ref: '#/$defs/d0', $defs: doubling }, { a: { a: { b: {} } } })).toBe(true);
    expect(accepts(loop, { a: 1 })).toBe(true);
    const catastrophic = { type: 'object', properties: { a: { pattern: '^(a+)+$', format: 'email' } } };
    expect(accepts(catastrophic, { a: `${'a'.repeat(50)}!` })).toBe(true);
  });
});
