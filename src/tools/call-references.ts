import type { JsonObject, JsonValue } from '../contract/json.ts';
import { isList, isObject } from '../contract/json.ts';
import type { ToolCall } from '../contract/message.ts';

/**
 * The ids that arguments refer to: `{"$call": "<id>", "path": "a.b[0]"}` stands for the result of another call of the
 * same turn, or the part of it that the path leads to.
 */
export function referencesIn(value: JsonValue): readonly string[] {
  const ids = new Set<string>();
  visit(value, ids);
  return [...ids];
}

/** The arguments with each reference replaced by what it stands for. */
export function fillReferences(
  args: JsonObject,
  outputOf: (id: string) => JsonValue,
): { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly problem: string } {
  try {
    const filled = Object.entries(args).map(([key, value]) => [key, fill(value, outputOf)]);
    return { ok: true, args: Object.fromEntries(filled) };
  } catch (error) {
    if (error instanceof PathProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

/**
 * The call that an id means: one with that `callId`, else the only one of that tool, else the one at that position of the
 * turn, from 1.
 */
export function findCall(id: string, calls: readonly ToolCall[]): ToolCall | undefined {
  const exact = calls.find(({ callId }) => callId === id);
  if (exact) return exact;
  const ofTool = calls.filter(({ name }) => name === id);
  if (ofTool.length === 1) return ofTool[0];
  return /^#?[1-9]\d*$/.test(id) ? calls[Number(id.replace('#', '')) - 1] : undefined;
}

class PathProblem extends Error {}

function visit(value: JsonValue, ids: Set<string>): void {
  const reference = asReference(value);
  if (reference) ids.add(reference.id);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner, ids);
}

function fill(value: JsonValue, outputOf: (id: string) => JsonValue): JsonValue {
  const reference = asReference(value);
  if (reference) return follow(outputOf(reference.id), reference);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((inner) => fill(inner, outputOf));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, outputOf)]));
}

interface Reference {
  readonly id: string;
  readonly path: string;
}

function asReference(value: JsonValue): Reference | undefined {
  if (!isObject(value)) return undefined;
  const { $call: id, path = '', ...rest } = value;
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  if (typeof path !== 'string' || Object.keys(rest).length > 0) return undefined;
  return { id: String(id), path };
}

/** Follows `a.b[0].c` or `a.b.0.c`. */
function follow(output: JsonValue, { id, path }: Reference): JsonValue {
  let value: JsonValue | undefined = asJson(output, path);
  for (const step of path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean)) {
    const inner: JsonValue | undefined =
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Readonly<Record<string, JsonValue>>)[step]
        : undefined;
    if (inner === undefined) throw new PathProblem(`The result of call ${id} has nothing at "${path}".`);
    value = inner;
  }
  return value;
}

/** A result that is text may hold JSON, in which a path can be followed. */
function asJson(output: JsonValue, path: string): JsonValue {
  if (typeof output !== 'string' || path === '') return output;
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}
