import { hash } from 'node:crypto';
import { canonical } from '../../contract/canonical.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';

/** What a request is found by. */
export interface RequestKey {
  /** Equal for equal requests. */
  readonly exact: string;
  /** Equal also for requests that differ in what a server may refuse and is then never sent again. */
  readonly loose: string;
  /** A number for each part of the request: each message, each tool, each setting. */
  readonly parts: Uint32Array;
}

/** What is sent until a server refuses it, which one conversation may learn before or after another. */
const OPTIONAL = ['include', 'parallel_tool_calls', 'stream_options'];

/** What the program itself tells models of how long their background tasks took: never the same twice. */
const DURATION = /((?:took|running_for)_seconds\\*":)[\d.]+/g;

/** The key of a request to a model. The order of keys in objects is no part of it, and durations of tasks are not. */
export function keyOfRequest(model: string, request: JsonValue): RequestKey {
  const members = membersOf(request).map(([name, value]) => ({ name, parts: partsOf(name, value) }));
  const digest = (of: typeof members) =>
    hash('sha256', [model, ...of.flatMap(({ parts }) => parts)].join('\n'), 'base64url');
  const needed = members.filter(({ name }) => !OPTIONAL.includes(name));
  const exact = digest(members);
  return {
    exact,
    loose: needed.length === members.length ? exact : digest(needed),
    parts: numbersOf([model, ...members.flatMap(({ parts }) => parts)]),
  };
}

/** The key of a tool call. */
export function keyOfCall(tool: string, args: JsonObject): string {
  return hash('sha256', JSON.stringify([tool, canonical(args)]), 'base64url');
}

/** A number for the tool of a call and for each of its arguments. */
export function partsOfCall(tool: string, args: JsonObject): Uint32Array {
  return numbersOf([tool, ...membersOf(args).flatMap(([name, value]) => partsOf(name, value))]);
}

/** Whether two values are the same to `keyOfRequest`. */
export function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return textOf(one ?? null) === textOf(other ?? null) && (one === undefined) === (other === undefined);
}

type Member = readonly [name: string, value: JsonValue];

function membersOf(request: JsonValue): readonly Member[] {
  if (!isObject(request)) return [['', request]];
  return Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
}

function partsOf(name: string, value: JsonValue): readonly string[] {
  return isList(value) ? value.map((item) => `${name} ${textOf(item)}`) : [`${name} ${textOf(value)}`];
}

function textOf(value: JsonValue): string {
  return JSON.stringify(canonical(value)).replace(DURATION, '$1');
}

function numbersOf(parts: readonly string[]): Uint32Array {
  return new Uint32Array(parts.map((part) => hash('sha1', part, 'buffer').readUInt32LE()));
}
