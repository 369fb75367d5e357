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
    const problems = errors.filter(isLeaf).map(({ instanceLocation, error }) => {
      const path = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
      return path === '' ? error : `${path}: ${error}`;
    });
    return { ok: false, problem: [...new Set(problems)].join(' ') };
  };
}

/** A violation itself, rather than the news that a part of the schema holds one. */
function isLeaf({ keyword }: { readonly keyword: string }): boolean {
  return !['properties', 'items', 'prefixItems', 'allOf', '$ref', 'additionalProperties'].includes(keyword);
}
