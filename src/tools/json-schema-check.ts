import type { Schema } from '@cfworker/json-schema';
import { Validator } from '@cfworker/json-schema';
import type { JsonObject } from '../contract/json.ts';
import type { CheckedArguments } from '../contract/tool.ts';

/** Checks arguments against plain JSON Schema (draft 2020-12). */
export function jsonSchemaCheck(schema: JsonObject): (args: JsonObject) => CheckedArguments {
  const validator = new Validator(schema as Schema, '2020-12', false);
  return (args) => {
    const { valid, errors } = validator.validate(args);
    if (valid) return { ok: true, args };
    const problems = errors.filter(isLeaf).map(({ instanceLocation, keyword, error }) => {
      const path = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
      // As a schema, `false` allows nothing: what `additionalProperties` usually says of the rest.
      const problem = keyword === 'false' ? 'There is no such argument.' : error;
      return path === '' ? problem : `${path}: ${problem}`;
    });
    return { ok: false, problem: [...new Set(problems)].join(' ') };
  };
}

/** A violation itself, rather than the news that a part of the schema holds one. */
function isLeaf({ keyword }: { readonly keyword: string }): boolean {
  return !['properties', 'items', 'prefixItems', 'allOf', '$ref', 'additionalProperties'].includes(keyword);
}
