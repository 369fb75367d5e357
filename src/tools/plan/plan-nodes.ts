import { createHash } from 'node:crypto';
import type { LinkedAbort } from '../../async/linked-abort.ts';
import { linkedAbort } from '../../async/linked-abort.ts';
import { untilAborted } from '../../async/until-aborted.ts';
import type { ToolCall, ToolOutcome } from '../../contract/message.ts';
import type { Tool } from '../../contract/tool.ts';
import type { SlottedTurn } from '../call-in-hand.ts';
import { failed } from '../outcomes.ts';
import type { RunCallDeps } from '../run-call.ts';
import { runCall } from '../run-call.ts';
import type { NodeResult } from './plan-output.ts';
import type { PlanNode } from './read-plan.ts';
import { asCalls, MAX_NODES } from './read-plan.ts';

/** Where a plan stands: which call of which turn it is. */
export interface PlanContext extends SlottedTurn {
  readonly callId: string;
  /** The plan's position among the tool calls of its turn, from 0. */
  readonly index: number;
}

/** How a node of a plan is started. */
export interface NodeStart {
  /** Ids of the nodes, all started before, whose outcomes it needs or must come after. */
  readonly needs: readonly string[];
  /** Why it can never start. */
  readonly problem?: string | undefined;
  /** How long it, and what waits for it in its plan, is expected to take. */
  readonly expectedMs: number;
  readonly eager: boolean;
}

/** The calls of a plan that were started: each is a call of its own, with events and a place in every queue. */
export class PlanNodes {
  readonly #tools: readonly Tool[];
  readonly #context: PlanContext;
  readonly #deps: RunCallDeps;
  readonly #running = new Map<string, RunningNode>();

  constructor(tools: readonly Tool[], context: PlanContext, deps: RunCallDeps) {
    this.#tools = tools;
    this.#context = context;
    this.#deps = deps;
  }

  /** How many were started. */
  get size(): number {
    return this.#running.size;
  }

  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** Starts one node of those that are known by now. The promise is that of its end. */
  start(node: PlanNode, known: readonly PlanNode[], how: NodeStart): Promise<unknown> {
    const { problem, needs, eager, expectedMs } = how;
    const { callId, index } = this.#context;
    const abort = linkedAbort(this.#context.signal);
    const { signal } = abort;
    const call = { callId: nodeCallId(callId, node.id), name: node.tool, argumentsText: JSON.stringify(node.args) };
    const cancelled = failed(call, 'cancelled', 'Cancelled before it was finished.');
    const needed = needs.map((id) => this.#running.get(id)?.told).filter((told) => told !== undefined);
    const outcomes = needed.map((told) => untilAborted(told, signal).catch(() => cancelled));
    const outcome = runCall(
      { call, tools: this.#tools, needs: { problem, outcomes, turn: asCalls(known) } },
      // Below 0 stands none of the turn's own calls, whose keys these must not share.
      { ...this.#context, signal, index: -(index * MAX_NODES + known.indexOf(node) + 1), eager, expectedMs },
      this.#deps,
    );
    const skippedFor = outcome.then(async (own) => {
      abort.unlink();
      const mayBeSkipped = own.kind === 'failed' && own.code === 'dependency_failed';
      return mayBeSkipped ? (await Promise.all(needed)).find(({ kind }) => kind === 'failed') : undefined;
    });
    const told = skippedFor.then(async (failure) => failure ?? { ...(await outcome), callId: node.id });
    this.#running.set(node.id, { text: JSON.stringify(node), needs, abort, outcome, skippedFor, told });
    return outcome;
  }

  /** What came of the started nodes, in the plan's order. */
  async results(nodes: readonly PlanNode[]): Promise<ReadonlyMap<string, NodeResult>> {
    const results = new Map<string, NodeResult>();
    for (const { id } of nodes) {
      const running = this.#running.get(id);
      if (!running) continue;
      results.set(id, { outcome: await running.outcome, skipped: (await running.skippedFor) !== undefined });
    }
    return results;
  }

  /** Aborts what is not among these nodes, is not the same there, or used what is not; returns when it has ended. */
  async keepOnly(nodes: readonly PlanNode[]): Promise<void> {
    const strays = new Map(this.#running);
    for (const [id, { text, needs }] of this.#running) {
      const node = nodes.find((candidate) => candidate.id === id);
      const isKept = node && JSON.stringify(node) === text && !needs.some((need) => strays.has(need));
      if (isKept) strays.delete(id);
    }
    for (const { abort } of strays.values()) abort.abort(new Error('the plan does not need this call'));
    for (const [id, { outcome }] of strays) {
      await outcome;
      this.#running.delete(id);
    }
  }
}

interface RunningNode {
  /** The node as it was when it was started. */
  readonly text: string;
  readonly needs: readonly string[];
  readonly abort: LinkedAbort;
  readonly outcome: Promise<ToolOutcome>;
  /** The failure because of which it was not run. */
  readonly skippedFor: Promise<ToolOutcome | undefined>;
  /** What those that need it are told: its outcome under its own id, or the failure for which it was skipped. */
  readonly told: Promise<ToolOutcome>;
}

const LONGEST_CALL_ID = 64;

/** A node's id in its conversation: what is too long is cut, and told apart by a hash of the whole. */
function nodeCallId(planCallId: string, id: string): ToolCall['callId'] {
  const whole = `${planCallId}.${id}`;
  if (whole.length <= LONGEST_CALL_ID) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  return `${whole.slice(0, LONGEST_CALL_ID - hash.length - 1)}~${hash}`;
}
