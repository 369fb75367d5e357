import type { RequestBudget, Reservation } from '../agent/request-budget.ts';
import type { Clock } from '../contract/clock.ts';
import { UserError } from '../contract/errors.ts';
import type { ModelRequest, Usage } from '../contract/model.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { Amount } from './allowance.ts';
import { Allowance, NOTHING } from './allowance.ts';
import type { PriceOf } from './prices.ts';
import { canHavePrice } from './prices.ts';
import { estimateInputTokens, estimateTextTokens, mostOutputTokens } from './request-size.ts';

/** What a run may use up, over all its conversations and those that they delegate. */
export interface BudgetLimits {
  /** US dollars at list price. */
  readonly maxCostUsd?: number;
  /** Input and output of all requests. */
  readonly maxTokens?: number;
  /** From the start of the run to now, while a process worked on it. */
  readonly maxTimeMs?: number;
}

/** What a budget needs from outside. */
export interface BudgetDeps {
  readonly clock: Clock;
  /** How long earlier parts of the run took. */
  readonly ranMs?: number;
  /** Called once, for the first model that may have a price. */
  readonly openPrices: () => Promise<PriceOf>;
  /** Hears once which limit was reached; from then on nothing is granted. */
  readonly onExceeded: (problem: string) => void;
}

const NANO = 1e9;
/** Estimates of input are taken as that much more, so that they are hardly ever less than what the vendor counts. */
const MARGIN = 4 / 3;

/**
 * The one budget of a run. A request is granted when it stays within the limits with all others that run, even if each
 * of them uses the most that it can; otherwise it waits for them, and if it does not fit even then, the budget is closed.
 */
export class RunBudget implements RequestBudget, Disposable {
  readonly #limits: BudgetLimits;
  readonly #deps: BudgetDeps;
  readonly #allowance: Allowance;
  readonly #cancelTimer: () => void;
  #opening: Promise<PriceOf> | undefined;
  #priceOf: PriceOf = () => undefined;
  #exceeded: string | undefined;
  #exceededBy: keyof BudgetLimits | undefined;

  constructor(limits: BudgetLimits, deps: BudgetDeps) {
    const { maxCostUsd, maxTokens, maxTimeMs } = limits;
    this.#limits = limits;
    this.#deps = deps;
    this.#allowance = new Allowance({
      ...(maxTokens === undefined ? {} : { tokens: maxTokens }),
      ...(maxCostUsd === undefined ? {} : { nanoUsd: Math.floor(maxCostUsd * NANO) }),
    });
    this.#cancelTimer = maxTimeMs === undefined ? () => {} : this.#startTimer(maxTimeMs);
  }

  get exceeded(): string | undefined {
    return this.#exceeded;
  }

  /** The same limit by name. */
  get exceededBy(): keyof BudgetLimits | undefined {
    return this.#exceededBy;
  }

  /** What was used by now: what the vendors counted, and estimates for attempts that failed in the middle. */
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

  /** Counts what was used without having been set aside, by an earlier part of the run; its cost once the prices are open. */
  charge(modelId: string, usage: Usage): void {
    this.#allowance.charge(this.#amountOf(modelId, usage));
  }

  async reserve(
    modelId: string,
    request: ModelRequest,
    signals: readonly AbortSignal[],
  ): Promise<Reservation | { readonly exceeded: string }> {
    const problem = this.#exceeded ?? (await this.#problemOfPrice(modelId));
    if (problem !== undefined) return { exceeded: problem };
    const inputTokens = this.#countsRequests ? estimateInputTokens(request) : 0;
    const need = this.#countsRequests ? this.#mostOf(modelId, inputTokens) : NOTHING;
    const taking = this.#allowance.take(need, signals);
    const { clock } = this.#deps;
    const waitsSince = this.#allowance.isAwaited ? clock.now() : undefined;
    const giveBack = await taking;
    if (giveBack === 'exceeded') return { exceeded: this.#refuse(need) };
    return {
      ...(waitsSince === undefined ? {} : { waitedMs: clock.now() - waitsSince }),
      settle: (usage) => {
        const costUsd = usage && this.#priceOf(modelId, usage);
        const isFirst = giveBack(usage ? amountOf(usage, costUsd) : NOTHING);
        return isFirst ? costUsd : undefined;
      },
      lose: (heardCharacters) => {
        const outputTokens = estimateTextTokens(heardCharacters);
        giveBack(this.#countsRequests ? this.#amountOf(modelId, { ...NO_USAGE, inputTokens, outputTokens }) : NOTHING);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#cancelTimer();
  }

  #startTimer(maxTimeMs: number): () => void {
    const { clock, ranMs = 0 } = this.#deps;
    const end = () => void this.#close('maxTimeMs', `--max-time: ${maxTimeMs / 1000} s are over`);
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

  #mostOf(modelId: string, inputTokens: number): Amount {
    const outputTokens = mostOutputTokens(modelId);
    return this.#amountOf(modelId, { ...NO_USAGE, inputTokens: Math.ceil(inputTokens * MARGIN), outputTokens });
  }

  #amountOf(modelId: string, usage: Usage): Amount {
    return amountOf(usage, this.#priceOf(modelId, usage));
  }

  #refuse(need: Amount): string {
    const { used } = this.#allowance;
    if (this.#allowance.limitPassedBy(need) === 'nanoUsd') {
      const [spent, limit, more] = [used.nanoUsd / NANO, this.#limits.maxCostUsd ?? 0, need.nanoUsd / NANO].map(
        dollars,
      );
      return this.#close(
        'maxCostUsd',
        `--max-cost: ${spent} of ${limit} are used, and another request may cost ${more}`,
      );
    }
    const [spent, limit, more] = [used.tokens, this.#limits.maxTokens ?? 0, need.tokens].map(whole);
    return this.#close(
      'maxTokens',
      `--max-tokens: ${spent} of ${limit} are used, and another request may take ${more}`,
    );
  }

  /** The first problem is the one that ended the run. */
  #close(limit: keyof BudgetLimits, problem: string): string {
    if (this.#exceeded !== undefined) return this.#exceeded;
    this.#exceeded = problem;
    this.#exceededBy = limit;
    this.#cancelTimer();
    this.#allowance.close();
    this.#deps.onExceeded(problem);
    return problem;
  }
}

function amountOf({ inputTokens, outputTokens }: Usage, costUsd = 0): Amount {
  const tokens = inputTokens + outputTokens;
  // A server may send numbers that are none, and these must not undo the sum.
  return { tokens: tokens > 0 ? tokens : 0, nanoUsd: Math.ceil(costUsd * NANO) };
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}
