import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import type { ToolCall } from '../../contract/message.ts';
import { findCall, referencesIn } from '../call-references.ts';
import { readArguments } from '../read-arguments.ts';
import type { ArgumentLimits } from '../tool-limits.ts';
import { toObjectReferences } from './string-references.ts';

/** One call of a plan. */
export interface PlanNode {
  /** Unique in its plan. */
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
  /** Ids of the nodes that must have ended well before, without their results being used. */
  readonly after: readonly string[];
}

/** A whole plan, with all references in its nodes' arguments as objects. */
export interface Plan {
  /** From 1 to `MAX_NODES`. */
  readonly nodes: readonly PlanNode[];
  /** Ids of those whose results are asked for. */
  readonly returned: readonly string[];
}

/** The tool by which a model asks for a plan. */
export const RUN_PLAN = 'run_plan';

/** Calls that one plan may hold. */
export const MAX_NODES = 100;

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** The plan that a call's arguments describe, or what is wrong with it as a whole. */
export function readPlan(argumentsText: string, limits: ArgumentLimits): Read<Plan> {
  const read = readArguments(argumentsText, limits);
  if (!read.ok) return read;
  const { calls, return: returned } = read.args;
  if (!isList(calls) || calls.length === 0) return refused('"calls" must be a list of at least one call');
  if (calls.length > MAX_NODES) return refused(`it has ${calls.length} calls, and ${MAX_NODES} are the most`);
  const nodes: PlanNode[] = [];
  const ids = new Set<string>();
  for (const [index, call] of calls.entries()) {
    const node = readNode(call);
    if (!node.ok) return refused(`calls[${index}] ${node.problem}`);
    const { id, tool } = node.value;
    if (ids.has(id)) return refused(`two calls have the id "${id}"; give each one of its own`);
    if (tool === RUN_PLAN) return refused(`call "${id}" is a plan itself; put its calls into this one`);
    ids.add(id);
    nodes.push(node.value);
  }
  const whole = nodes.map((node) => ({ ...node, args: toObjectReferences(node.args, (id) => ids.has(id)) }));
  if (returned === undefined || returned === null)
    return { ok: true, value: { nodes: whole, returned: unused(whole) } };
  const asked = readIds(returned);
  return asked ? { ok: true, value: { nodes: whole, returned: asked } } : refused('"return" must be a list of ids');
}

/** One element of a plan's `calls` by itself, with its references as they are written. */
export function readNode(call: JsonValue): Read<PlanNode> {
  if (!isObject(call)) return { ok: false, problem: 'is not an object' };
  const { id, tool, args = {}, after = [] } = call;
  const [ownId] = readIds([id ?? null]) ?? [];
  if (ownId === undefined) return { ok: false, problem: 'has no "id"' };
  if (typeof tool !== 'string') return { ok: false, problem: `("${ownId}") does not say which "tool" to call` };
  if (!isObject(args)) return { ok: false, problem: `("${ownId}") must have an object as its "args"` };
  const before = readIds(after);
  if (!before || before.length > MAX_NODES)
    return { ok: false, problem: `("${ownId}") must have a list of at most ${MAX_NODES} ids as its "after"` };
  return { ok: true, value: { id: ownId, tool, args, after: before } };
}

/** The nodes as calls that are named by the nodes' ids: enough to find out which one a reference means. */
export function asCalls(nodes: readonly PlanNode[]): readonly ToolCall[] {
  return nodes.map(({ id, tool }) => ({ callId: id, name: tool, argumentsText: '' }));
}

function refused(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: `Cannot run the plan: ${problem}.` };
}

/** Ids are text; numbers are taken for it. */
function readIds(value: JsonValue): readonly string[] | undefined {
  if (!isList(value)) return undefined;
  const ids = value.flatMap((id) => (typeof id === 'string' || typeof id === 'number' ? String(id) : []));
  return ids.length === value.length && !ids.includes('') ? ids : undefined;
}

/** Those whose results no other node uses: nobody else would ever see them. */
function unused(nodes: readonly PlanNode[]): readonly string[] {
  const calls = asCalls(nodes);
  const used = new Set(nodes.flatMap(({ args }) => referencesIn(args)).map((id) => findCall(id, calls)?.callId));
  return nodes.map(({ id }) => id).filter((id) => !used.has(id));
}
