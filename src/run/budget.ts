import type { BudgetWait, RequestBudget, Reservation } from '../agent/request-budget.ts';
import type { Clock } from '../contract/clock.ts';
import { UserError } from '../contract/errors.ts';
import type { EstimatedUse } from '../contract/event.ts';
import type { ModelRequest, Usage } from '../contract/model.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { Amount } from './allowance.ts';
import { Allowance, amountOf, NANO, NOTHING } from './allowance.ts';
import type { Tokens } from './granted.ts';
import { Granted } from './granted.ts';
import type { BudgetLimits, LimitProblem } from './limit-problem.ts';
import { cutOff, noRoom } from './limit-problem.ts';
import type { OutputRange } from './model-habits.ts';
import { ModelHabits } from './model-habits.ts';
import type { PriceOf } from './prices.ts';
import { canHavePrice } from './prices.ts';
import { RequestCost } from './request-cost.ts';
import { estimateInputTokens } from './request-size.ts';

/** What a budget needs from outside. */
export interface BudgetDeps {
  readonly clock: Clock;
  /** How many requests there may be at once: what is left is shared out among so many, as long as it is enough for them. */
  readonly requestsAtOnce: number;
  /** How long earlier parts of the run took. */
  readonly ranMs?: number;
  /** Called once, for the first model that may have a price. */
  readonly openPrices: () => Promise<PriceOf>;
  /** Hears once which limit was reached; from then on nothing is granted. */
  readonly onExceeded: (problem: string) => void;
}

/** What earlier parts of a run had of a model. */
export interface EarlierUse {
  readonly responses: number;
  readonly longestOutputTokens: number;
  readonly usage: Usage;
  readonly costUsd: number | undefined;
  /** What comes on top that nobody counted. */
  readonly estimate: EstimatedUse;
}

/**
 * The one budget of a run. A request is granted if the limits hold even when it and all others that run use everything
 * they are allowed; otherwise it waits for the others, and if it would not fit even without them, the budget is closed. A
 * request is allowed its share of what is left, but always enough for a response of its model.
 */
export class RunBudget implements RequestBudget, Disposable {
  readonly #limits: BudgetLimits;
  readonly #deps: BudgetDeps;
  readonly #allowance: Allowance;
  readonly #habits = new Map<string, ModelHabits>();
  readonly #cancelTimer: () => void;
  #opening: Promise<PriceOf> | undefined;
  #priceOf: PriceOf = () => undefined;
  #exceeded: string | undefined;
  #reached: keyof BudgetLimits | undefined;

  constructor(limits: BudgetLimits, deps: BudgetDeps) {
    const { maxCostUsd, maxTokens, maxTimeMs } = limits;
    this.#limits = limits;
    this.#deps = deps;
    this.#allowance = new Allowance({
      tokens: maxTokens,
      nanoUsd: maxCostUsd === undefined ? undefined : Math.floor(maxCostUsd * NANO),
    });
    this.#cancelTimer = maxTimeMs === undefined ? () => {} : this.#startTimer(maxTimeMs);
  }

  get exceeded(): string | undefined {
    return this.#exceeded;
  }

  /** The limit that ended the run or, if none did, one that a response was cut off for. */
  get reached(): keyof BudgetLimits | undefined {
    return this.#reached;
  }

  /** What was used by now: what the vendors counted, and estimates of what they did not. */
  get used(): Amount {
    return this.#allowance.used;
  }

  /** What running requests have set aside. */
  get reserved(): Amount {
    return this.#allowance.reserved;
  }

  /**
   * Loads what it takes to tell these models' prices.
   *
   * @throws {UserError} if there is a limit of cost, and a model without a price
   */
  async openPrices(modelIds: Iterable<string>): Promise<void> {
    for (const modelId of new Set(modelIds)) {
      const problem = await this.#problemOfPrice(modelId);
      if (problem !== undefined) throw new UserError(`${problem} Use --max-tokens instead.`);
    }
  }

  /** Counts what earlier parts of the run have used; its cost once the prices are open. */
  charge(modelId: string, earlier: EarlierUse): void {
    const { usage, costUsd, estimate } = earlier;
    this.#allowance.charge(amountOf(usage, costUsd ?? this.#priceOf(modelId, usage)));
    this.#allowance.charge(
      amountOf(estimate, estimate.costUsd ?? this.#priceOf(modelId, { ...NO_USAGE, ...estimate })),
    );
    this.#habitsOf(modelId).recall({ ...earlier, outputTokens: usage.outputTokens });
  }

  async reserve(
    modelId: string,
    request: ModelRequest,
    { signals, onWait }: BudgetWait,
  ): Promise<Reservation | { readonly exceeded: string }> {
    const problem = this.#exceeded ?? (await this.#problemOfPrice(modelId));
    if (problem !== undefined) return { exceeded: problem };
    const habits = this.#habitsOf(modelId);
    const priceOf = (usage: Tokens) => this.#priceOf(modelId, { ...NO_USAGE, ...usage });
    if (!this.#countsRequests) {
      const giveBack = await this.#allowance.take(NOTHING, signals);
      if (giveBack !== 'exceeded') return new Granted({ request, habits, priceOf, giveBack });
    }
    const estimatedInput = estimateInputTokens(request);
    const { clock } = this.#deps;
    let waitedMs = 0;
    while (this.#exceeded === undefined) {
      const cost = new RequestCost(
        habits.mostInput(estimatedInput),
        this.#limits.maxCostUsd === undefined ? FREE : priceOf,
      );
      const maxOutputTokens = this.#outputFor(cost, habits.output);
      if (maxOutputTokens === undefined) return { exceeded: this.#refuse(cost.with(habits.output.least)) };
      const taking = this.#allowance.take(cost.with(maxOutputTokens), signals);
      const waitsSince = this.#allowance.isAwaited ? clock.now() : undefined;
      if (waitsSince !== undefined) onWait?.();
      const giveBack = await taking;
      if (waitsSince !== undefined) waitedMs += clock.now() - waitsSince;
      // While it waited, others may have used so much that there is less for it.
      if (giveBack === 'exceeded') continue;
      const onCutOff = () => this.#cutOff(maxOutputTokens);
      return new Granted({
        request,
        habits,
        priceOf,
        giveBack,
        waitedMs,
        limited: { estimatedInput, maxOutputTokens, onCutOff },
      });
    }
    return { exceeded: this.#exceeded };
  }

  [Symbol.dispose](): void {
    this.#cancelTimer();
  }

  #startTimer(maxTimeMs: number): () => void {
    const { clock, ranMs = 0 } = this.#deps;
    const end = () => void this.#close({ limit: 'maxTimeMs', text: `--max-time: ${maxTimeMs / 1000} s are over` });
    return clock.after(Math.max(0, maxTimeMs - ranMs), end);
  }

  get #countsRequests(): boolean {
    return this.#limits.maxCostUsd !== undefined || this.#limits.maxTokens !== undefined;
  }

  async #problemOfPrice(modelId: string): Promise<string | undefined> {
    if (canHavePrice(modelId)) {
      this.#opening ??= this.#deps.openPrices();
      this.#priceOf = await this.#opening;
    }
    if (this.#limits.maxCostUsd === undefined || this.#priceOf(modelId, NO_USAGE) !== undefined) return undefined;
    return `Cannot keep to --max-cost with ${modelId}: no price is known for it.`;
  }

  #habitsOf(modelId: string): ModelHabits {
    const known = this.#habits.get(modelId);
    if (known) return known;
    const habits = new ModelHabits(modelId);
    this.#habits.set(modelId, habits);
    return habits;
  }

  /** The most that a response may have: a share of what is left, more than ample only if others do not wait for it. */
  #outputFor(cost: RequestCost, { least, ample, most }: OutputRange): number | undefined {
    const { left, free } = this.#allowance;
    const possible = cost.outputWithin(left);
    if (possible < least) return undefined;
    const { requestsAtOnce } = this.#deps;
    const share = { tokens: left.tokens / requestsAtOnce, nanoUsd: left.nanoUsd / requestsAtOnce };
    const fair = Math.floor(Math.min(cost.outputWithin(share), cost.outputWithin(free), most));
    return Math.min(possible, Math.max(ample, fair));
  }

  #refuse(need: Amount): string {
    const passed = this.#allowance.limitPassedBy(need);
    return this.#close(noRoom(passed, { limits: this.#limits, used: this.#allowance.used, need }));
  }

  #cutOff(outputTokens: number): string {
    const { limit, text } = cutOff(this.#limits, outputTokens);
    this.#reached ??= limit;
    return text;
  }

  /** The first problem is the one that ended the run. */
  #close({ limit, text }: LimitProblem): string {
    if (this.#exceeded !== undefined) return this.#exceeded;
    this.#exceeded = text;
    this.#reached = limit;
    this.#cancelTimer();
    this.#allowance.close();
    this.#deps.onExceeded(text);
    return text;
  }
}

/** Without a limit of cost, prices are not worth looking up before the response. */
const FREE = () => undefined;
