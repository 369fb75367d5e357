import type { ToolCall, ToolOutcome } from '../../contract/message.ts';
import type { Tool } from '../../contract/tool.ts';
import type { SlottedTurn } from '../call-in-hand.ts';
import type { PlanDeps } from './plan-run.ts';
import { PlanRun } from './plan-run.ts';
import { runPlanTool } from './run-plan-tool.ts';

/** The plans among the tool calls of one turn, if its agent is offered plans. */
export class TurnPlans {
  readonly #tools: readonly Tool[];
  readonly #deps: PlanDeps;
  #runs = new Map<string, PlanRun>();
  /** Calls whose arguments are in the stream and not complete, in the order in which they began. */
  #open = new Set<string>();

  constructor(tools: readonly Tool[], deps: PlanDeps) {
    this.#tools = tools;
    this.#deps = deps;
  }

  /** How many calls the plans have started. */
  get callsRun(): number {
    return [...this.#runs.values()].reduce((sum, run) => sum + run.size, 0);
  }

  /** Whether the agent may write plans at all. */
  get areOffered(): boolean {
    return this.#tools.includes(runPlanTool);
  }

  isPlan({ name }: Pick<ToolCall, 'name'>): boolean {
    return name === runPlanTool.spec.name && this.areOffered;
  }

  /**
   * More of a call's arguments is in the stream: starts what it can, if it is a plan's and no other call was begun before
   * that is still open. Returns false if it may do more than read.
   */
  hear(call: Pick<ToolCall, 'callId' | 'name'>, delta: string, index: number, context: SlottedTurn): boolean {
    this.#open.add(call.callId);
    return !this.isPlan(call) || this.#runOf(call.callId, index, context).hear(delta, this.#isFirstOpen(call));
  }

  /** A call is complete in the stream. Returns whether a plan only reads; nothing for any other call. */
  hearAll(call: ToolCall, index: number, context: SlottedTurn): boolean | undefined {
    const isNext = this.#open.size === 0 || this.#isFirstOpen(call);
    this.#open.delete(call.callId);
    if (!this.isPlan(call)) return undefined;
    return isNext && this.#runOf(call.callId, index, context).hearAll(call.argumentsText);
  }

  /** Runs a plan that the complete response asks for. Never rejects. */
  run(call: ToolCall, index: number, context: SlottedTurn): Promise<ToolOutcome> {
    return this.#runOf(call.callId, index, context).run(call);
  }

  /** Aborts what was started for plans that are not among these calls; returns when it has ended. */
  async keepOnly(calls: readonly ToolCall[]): Promise<void> {
    const strays = [...this.#runs].filter(([callId]) => calls.every((call) => call.callId !== callId));
    for (const [callId] of strays) this.#runs.delete(callId);
    this.#open.clear();
    await Promise.all(strays.map(([, run]) => run.abandon()));
  }

  #isFirstOpen({ callId }: Pick<ToolCall, 'callId'>): boolean {
    return this.#open.values().next().value === callId;
  }

  #runOf(callId: string, index: number, context: SlottedTurn): PlanRun {
    const run = this.#runs.get(callId) ?? new PlanRun(this.#tools, { ...context, callId, index }, this.#deps);
    this.#runs.set(callId, run);
    return run;
  }
}
