import type { JsonObject } from '../contract/json.ts';

/**
 * A schema of any library that speaks Standard Schema with JSON Schema output (zod, arktype, valibot with its adapter).
 *
 * Source: https://standardschema.dev and https://standardschema.dev/json-schema
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: { readonly input: (options: { readonly target: 'draft-2020-12' }) => unknown };
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether a value is a Standard Schema rather than plain JSON Schema. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

/**
 * The JSON Schema of what a Standard Schema takes in.
 *
 * @throws {TypeError} if the library gives none
 */
export function toJsonSchema(schema: StandardSchema): JsonObject {
  const { jsonSchema, vendor } = schema['~standard'];
  if (!jsonSchema) {
    throw new TypeError(
      `its schema comes from ${vendor}, which gives no JSON Schema by itself. Use the full library or its adapter, or pass plain JSON Schema.`,
    );
  }
  const { $schema: _, ...rest } = jsonSchema.input({ target: 'draft-2020-12' }) as JsonObject;
  return rest;
}

/** Says what does not fit, as `path: message` joined by semicolons. */
export function describeIssues(issues: readonly StandardIssue[]): string {
  return issues.map(({ path, message }) => (path?.length ? `${pathText(path)}: ${message}` : message)).join('; ');
}

function pathText(path: NonNullable<StandardIssue['path']>): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
