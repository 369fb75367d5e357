import type { Reservation } from '../agent/request-budget.ts';
import type { EstimatedUse } from '../contract/event.ts';
import type { ModelRequest, Usage } from '../contract/model.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { GiveBack } from './allowance.ts';
import { amountOf, NOTHING } from './allowance.ts';
import type { ModelHabits } from './model-habits.ts';
import { estimateInputTokens, estimateTextTokens } from './request-size.ts';

/** What a grant is made of. */
export interface GrantDeps {
  readonly request: ModelRequest;
  readonly habits: ModelHabits;
  /** In US dollars; nothing where there is no price. */
  readonly priceOf: (usage: Tokens) => number | undefined;
  readonly giveBack: GiveBack;
  /** How long that had to be waited for. */
  readonly waitedMs?: number;
  /** Where a limit has to be kept. */
  readonly limited?: {
    readonly estimatedInput: number;
    readonly maxOutputTokens: number;
    /** Called when the maximum cut a response off. Returns the limit that it was for, in words. */
    readonly onCutOff: () => string;
  };
}

/** Token counts, of which only these two have to be known. */
export type Tokens = Pick<Usage, 'inputTokens' | 'outputTokens'> & Partial<Usage>;

/** A reservation of the run's budget. */
export class Granted implements Reservation {
  readonly waitedMs?: number;
  readonly maxOutputTokens: number | undefined;
  readonly estimate: EstimatedUse;
  readonly #deps: GrantDeps;

  constructor(deps: GrantDeps) {
    this.#deps = deps;
    if (deps.waitedMs) this.waitedMs = deps.waitedMs;
    this.maxOutputTokens = deps.limited?.maxOutputTokens;
    // A limit has to hold whatever the response was.
    this.estimate = this.#estimate(deps.limited ? deps.habits.unheardOutput : deps.habits.usualOutput);
  }

  settle(usage: Usage | undefined): number | undefined {
    const { giveBack, habits, priceOf, limited } = this.#deps;
    const costUsd = usage && priceOf(usage);
    if (!giveBack(usage ? amountOf(usage, costUsd) : NOTHING)) return undefined;
    if (usage) habits.learn(usage, limited?.estimatedInput, limited?.maxOutputTokens);
    return costUsd;
  }

  lose(heardCharacters: number, counted: Usage = NO_USAGE): EstimatedUse {
    // As much as was heard, or as is usual if that is more: a response that broke off may have had much thinking in it.
    const heardTokens = estimateTextTokens(heardCharacters);
    const estimate = this.#estimate(Math.max(heardTokens, this.#deps.habits.usualOutput), counted);
    this.#deps.giveBack(amountOf(estimate, estimate.costUsd));
    return estimate;
  }

  cutOffBy(usage: Usage): string | undefined {
    const { habits, limited } = this.#deps;
    if (!limited || !habits.wasCutOffAt(limited.maxOutputTokens, usage)) return undefined;
    return limited.onCutOff();
  }

  #estimate(outputTokens: number, counted: Usage = NO_USAGE): EstimatedUse {
    const { request, habits, priceOf, limited } = this.#deps;
    const most = limited?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
    const tokens = {
      inputTokens: counted.inputTokens || habits.likelyInput(limited?.estimatedInput ?? estimateInputTokens(request)),
      outputTokens: Math.max(Math.min(most, outputTokens), counted.outputTokens || 0),
    };
    const costUsd = priceOf(tokens);
    return { ...tokens, ...(costUsd === undefined ? {} : { costUsd }) };
  }
}
