import type { LinkedAbort } from '../async/linked-abort.ts';
import { linkedAbort } from '../async/linked-abort.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { OpenTurn, Tool, ToolTurn, TurnContext } from '../contract/tool.ts';
import type { SlottedTurn } from './call-in-hand.ts';
import { TurnPlans } from './plan/turn-plans.ts';
import type { RunCallDeps } from './run-call.ts';
import { runCall } from './run-call.ts';
import { Slots } from './slots.ts';
import type { CallPlace } from './turn-order.ts';
import { orderTurn } from './turn-order.ts';

/** What all turns of a mode share. */
export interface TurnOptions extends RunCallDeps {
  /** Whether calls that only read start while the model still responds. */
  readonly eager: boolean;
  /** Tool calls at once in one turn. */
  readonly turnConcurrency: number;
  /** Whether the calls of a turn run one after the other, in call order. */
  readonly inOrder: boolean;
}

/**
 * Opens turns whose tool calls run at once, as far as what they need, their tools' policies and the caps allow. A call of
 * a tool that only reads starts as soon as it is complete in the stream, up to the first call in the response that may do
 * more: from that on none starts before the response is complete, so that no read is done long before a write ahead of it.
 */
export function createOpenTurn(options: TurnOptions): OpenTurn {
  return (tools, context) => new Turn(tools, context, options);
}

interface StartOptions {
  /** All calls of the turn that are known by now. */
  readonly turn: readonly ToolCall[];
  readonly eager: boolean;
}

class Turn implements ToolTurn {
  readonly #tools: readonly Tool[];
  readonly #context: SlottedTurn;
  readonly #options: TurnOptions;
  readonly #plans: TurnPlans;
  #running = new Map<string, Promise<ToolOutcome>>();
  /** How many of them ran in an earlier attempt. */
  #known = 0;
  #added: ToolCall[] = [];
  /** Made for what starts before the response is complete, which may come to nothing. */
  #early: { readonly abort: LinkedAbort; readonly context: SlottedTurn } | undefined;
  #mayStartEarly: boolean;

  constructor(tools: readonly Tool[], context: TurnContext, options: TurnOptions) {
    this.#tools = tools;
    this.#context = { ...context, slots: new Slots(options.turnConcurrency) };
    this.#options = options;
    this.#plans = new TurnPlans(tools, { ...options, mayStartEarly });
    this.#mayStartEarly = options.eager;
  }

  get callsRun(): number {
    return this.#running.size - this.#known + this.#plans.callsRun;
  }

  addArguments(callId: string, name: string, delta: string): void {
    if (!this.#mayStartEarly || !this.#plans.areOffered) return;
    this.#mayStartEarly = this.#plans.hear({ callId, name }, delta, this.#added.length, this.#startEarly());
  }

  add(call: ToolCall): void {
    const index = this.#added.push(call) - 1;
    const mayBePlan = this.#mayStartEarly && this.#plans.areOffered;
    const planOnlyReads = mayBePlan ? this.#plans.hearAll(call, index, this.#startEarly()) : undefined;
    if (planOnlyReads !== undefined) {
      this.#mayStartEarly = planOnlyReads;
      return;
    }
    const tool = this.#tools.find(({ spec }) => spec.name === call.name);
    this.#mayStartEarly &&= tool !== undefined && mayStartEarly(tool);
    if (!this.#mayStartEarly) return;
    const place = this.#order(this.#added).get(call.callId);
    if (place && place.problem === undefined) this.#start(call, place, { turn: this.#added, eager: true });
    else this.#mayStartEarly = false;
  }

  async settle(calls: readonly ToolCall[], known: readonly ToolOutcome[] = []): Promise<readonly ToolOutcome[]> {
    for (const outcome of known) this.#running.set(outcome.callId, Promise.resolve(outcome));
    this.#known = known.length;
    const strays = this.#plans.keepOnly(calls);
    const byId = new Map(calls.map((call) => [call.callId, call]));
    for (const [callId, place] of this.#order(calls)) {
      const call = byId.get(callId);
      if (call && !this.#running.has(callId)) this.#start(call, place, { turn: calls, eager: false });
      if (this.#options.inOrder) await this.#running.get(callId);
    }
    await strays;
    const outcomes = await Promise.all(calls.map(({ callId }) => this.#running.get(callId)));
    // What started early and was not asked for in the end still has to hear of an abort.
    if (this.#running.size === calls.length) this.#early?.abort.unlink();
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  async discard(): Promise<void> {
    this.#early?.abort.abort(new Error('the response came to nothing'));
    await Promise.all([...this.#running.values(), this.#plans.keepOnly([])]);
    this.#early?.abort.unlink();
    this.#running = new Map();
    this.#added = [];
    this.#early = undefined;
    this.#mayStartEarly = this.#options.eager;
  }

  #order(calls: readonly ToolCall[]): ReadonlyMap<string, CallPlace> {
    // What the arguments of a plan refer to are its own calls.
    const seen = calls.map((call) => (this.#plans.isPlan(call) ? { ...call, argumentsText: '' } : call));
    const { durations, limits } = this.#options;
    return orderTurn(seen, this.#tools, { expectedMs: (tool) => durations.expectedMs(tool), limits });
  }

  /** The context of calls that start early: its signal fires with the conversation's, or when the turn is discarded. */
  #startEarly(): SlottedTurn {
    if (this.#early) return this.#early.context;
    const abort = linkedAbort(this.#context.signal);
    const context = { ...this.#context, signal: abort.signal };
    this.#early = { abort, context };
    return context;
  }

  #start(call: ToolCall, place: CallPlace, { turn, eager }: StartOptions): void {
    const index = turn.indexOf(call);
    if (this.#plans.isPlan(call)) {
      this.#running.set(call.callId, this.#plans.run(call, index, this.#context));
      return;
    }
    const outcomes = place.needs
      .map(({ callId }) => this.#running.get(callId))
      .filter((needed) => needed !== undefined);
    const { problem, expectedMs } = place;
    const outcome = runCall(
      { call, tools: this.#tools, needs: { problem, outcomes, turn } },
      { ...(eager ? this.#startEarly() : this.#context), index, eager, expectedMs },
      this.#options,
    );
    this.#running.set(call.callId, outcome);
  }
}

function mayStartEarly({ policy }: Tool): boolean {
  const readsOnly = policy.effect === 'pure' || policy.effect === 'read';
  return readsOnly && policy.after === undefined && policy.approval !== true;
}
