import { createHash } from 'node:crypto';
import { cutOff } from '../../contract/cut-off.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isObject } from '../../contract/json.ts';
import type { ToolEffect } from '../../contract/tool.ts';

/** A tool as a server describes it. */
export interface Definition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly effect: ToolEffect;
}

/** Bytes of one description and schema: each goes to the model with every request. */
const MAX_DEFINITION_BYTES = 128 * 1024;

/** Reads a server's list of tools, and says of those that cannot be offered why, in words that go on from its name. */
export function readDefinitions(values: readonly JsonValue[]): {
  readonly definitions: readonly Definition[];
  readonly problems: readonly string[];
} {
  const definitions = new Map<string, Definition>();
  const problems: string[] = [];
  for (const value of values) {
    const read = readDefinition(value);
    if (!read.ok) problems.push(read.problem);
    else if (definitions.has(read.definition.name)) problems.push(`lists ${shown(read.definition.name)} twice`);
    else definitions.set(read.definition.name, read.definition);
  }
  return { definitions: [...definitions.values()], problems };
}

function readDefinition(
  value: JsonValue,
): { readonly ok: true; readonly definition: Definition } | { readonly ok: false; readonly problem: string } {
  const refuse = (problem: string) => ({ ok: false, problem }) as const;
  if (!isObject(value) || typeof value['name'] !== 'string' || value['name'] === '') {
    return refuse('has a tool without a name');
  }
  const { name, description, inputSchema, annotations } = value;
  if (!isObject(inputSchema) || inputSchema['type'] !== 'object') {
    return refuse(`has a tool ${shown(name)} whose inputSchema is not of type "object"`);
  }
  const size = sizeOf(value);
  if (size > MAX_DEFINITION_BYTES) return refuse(`has a tool ${shown(name)} whose definition takes ${size} bytes`);
  const { $schema: _, ...schema } = inputSchema;
  const definition = {
    name,
    description: typeof description === 'string' ? description : '',
    inputSchema: schema,
    effect: effectOf(isObject(annotations) ? annotations : {}),
  };
  return { ok: true, definition };
}

/** What a server's tools were when the model was told of them: a hash of each, by name. */
export type Pin = ReadonlyMap<string, string>;

/** Remembers definitions. */
export function pin(definitions: readonly Definition[]): Pin {
  return new Map(definitions.map((definition) => [definition.name, hashOf(definition)]));
}

/** The tools that are no longer what they were, or no longer there. One that was added is nobody's business. */
export function changedSince(pinned: Pin, definitions: readonly Definition[]): readonly string[] {
  const now = pin(definitions);
  return [...pinned].filter(([name, hash]) => now.get(name) !== hash).map(([name]) => name);
}

/** What a server says of its tool counts, but never against a plain word of destruction. */
function effectOf({ readOnlyHint, idempotentHint, destructiveHint }: JsonObject): ToolEffect {
  if (destructiveHint === true) return 'unsafe';
  if (readOnlyHint === true) return 'read';
  return idempotentHint === true ? 'idempotent' : 'unsafe';
}

function hashOf(definition: Definition): string {
  const inOrder = (_key: string, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return createHash('sha256').update(JSON.stringify(definition, inOrder)).digest('hex');
}

/** More than any number where it cannot even be written down, being nested too deep. */
function sizeOf(value: JsonObject): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function shown(name: string): string {
  return JSON.stringify(cutOff(name, 100));
}
