import { findOrderProblems, remainingPaths } from '../async/task-graph.ts';
import type { ToolCall } from '../contract/message.ts';
import type { Tool } from '../contract/tool.ts';
import { findCall, referencesIn } from './call-references.ts';
import { readArguments } from './read-arguments.ts';
import type { ArgumentLimits } from './tool-limits.ts';

/** Where a call stands among the others of its turn. */
export interface CallPlace {
  /** The calls whose outcomes it needs or must come after. */
  readonly needs: readonly ToolCall[];
  /** Why it can never start. */
  readonly problem?: string;
  /** How long it, and the longest chain of calls that need it, is expected to take. */
  readonly expectedMs: number;
}

/** What orders calls beside what they refer to. */
export interface OrderOptions {
  readonly expectedMs: (tool: string) => number;
  readonly limits: ArgumentLimits;
}

/**
 * Orders the calls of a turn by what they refer to and what their tools must come after: each comes after those that it
 * needs, and otherwise they stay in call order. A call in a cycle, or one that refers to a call that is not there, has a
 * problem that names it.
 */
export function orderTurn(
  calls: readonly ToolCall[],
  tools: readonly Tool[],
  { expectedMs, limits }: OrderOptions,
): ReadonlyMap<string, CallPlace> {
  if (!calls.some(mayRefer) && !tools.some(({ policy }) => policy.after)) {
    return new Map(calls.map(({ callId, name }) => [callId, { needs: [], expectedMs: expectedMs(name) }]));
  }
  const needs = new Map<string, readonly string[]>();
  const unknown = new Map<string, string>();
  for (const call of calls) {
    const references = referencesOf(call, limits);
    for (const id of references) {
      if (!findCall(id, calls)) unknown.set(call.callId, unknownReference(id, calls));
    }
    const referred = references.flatMap((id) => findCall(id, calls)?.callId ?? []);
    needs.set(call.callId, [...new Set([...referred, ...predecessors(call, calls, tools)])]);
  }
  const { cycles } = findOrderProblems(needs);
  const byId = new Map(calls.map((call) => [call.callId, call]));
  const paths = remainingPaths(needs, (callId) => expectedMs(byId.get(callId)?.name ?? ''));
  const placeOf = (callId: string): CallPlace => {
    const cycle = cycles.get(callId);
    const problem = cycle ? `These calls wait for each other: ${cycle.join(' → ')}.` : unknown.get(callId);
    return {
      needs: (needs.get(callId) ?? []).map((id) => byId.get(id)).filter((call) => call !== undefined),
      ...(problem === undefined ? {} : { problem }),
      expectedMs: paths.get(callId) ?? 0,
    };
  };
  return needsFirst(new Map(calls.map(({ callId }) => [callId, placeOf(callId)])));
}

function needsFirst(places: ReadonlyMap<string, CallPlace>): ReadonlyMap<string, CallPlace> {
  const sorted = new Map<string, CallPlace>();
  const visit = (callId: string): void => {
    const place = places.get(callId);
    if (!place || sorted.has(callId)) return;
    // What can never start is not waited for, and may need itself.
    if (place.problem === undefined) for (const needed of place.needs) visit(needed.callId);
    sorted.set(callId, place);
  };
  for (const callId of places.keys()) visit(callId);
  return sorted;
}

function referencesOf(call: ToolCall, limits: ArgumentLimits): readonly string[] {
  if (!mayRefer(call)) return [];
  const read = readArguments(call.argumentsText, limits);
  return read.ok ? referencesIn(read.args) : [];
}

function mayRefer({ argumentsText }: ToolCall): boolean {
  return argumentsText.includes('"$call"');
}

function predecessors(call: ToolCall, calls: readonly ToolCall[], tools: readonly Tool[]): readonly string[] {
  const after = tools.find(({ spec }) => spec.name === call.name)?.policy.after ?? [];
  return calls.filter(({ name }) => after.includes(name)).map(({ callId }) => callId);
}

function unknownReference(id: string, calls: readonly ToolCall[]): string {
  const known = calls.map(({ callId, name }) => `${callId} (${name})`).join(', ');
  return `There is no call "${id}" in this turn to refer to. There are: ${known}.`;
}
