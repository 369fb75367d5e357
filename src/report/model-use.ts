import { addCost, costField } from '../contract/cost.ts';
import type { EstimatedUse, RunEvent } from '../contract/event.ts';
import type { Usage } from '../contract/model.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';

/** What one model's responses took together. */
export interface ModelUse {
  readonly usage: Usage;
  /** At list price; nothing if one of them had no price. */
  readonly costUsd: number | undefined;
  readonly responses: number;
  /** Of the longest one. */
  readonly longestOutputTokens: number;
  /** What came on top of that and nobody counted: attempts that broke off, and responses whose vendor did not say. */
  readonly estimate: EstimatedUse;
  /** How many requests that is for. */
  readonly uncounted: number;
}

/** What each model's responses took, by `provider/name`, in the order in which they first answered. */
export type ModelUses = ReadonlyMap<string, ModelUse>;

/** Adds up what each model takes. Remembers which model is asked for each conversation while it is, and nothing else. */
export class ModelUseRecorder {
  readonly #uses = new Map<string, ModelUse>();
  readonly #asked = new Map<string, string>();

  add(event: RunEvent): void {
    if (event.kind === 'model_start') this.#asked.set(event.conversation, event.model);
    if (event.kind !== 'model_end' && event.kind !== 'model_retry') return;
    const model = this.#asked.get(event.conversation);
    if (event.kind === 'model_end') this.#asked.delete(event.conversation);
    const use = useOf(event);
    if (model !== undefined && use) this.#uses.set(model, plus(this.#uses.get(model), use));
  }

  /** So far. */
  get uses(): ModelUses {
    return new Map(this.#uses);
  }
}

/** The uses of several modes together. */
export function sumUses(all: readonly ModelUses[]): ModelUses {
  const sum = new Map<string, ModelUse>();
  for (const uses of all) for (const [model, use] of uses) sum.set(model, plus(sum.get(model), use));
  return sum;
}

const NO_ESTIMATE: EstimatedUse = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
const NONE: ModelUse = {
  usage: NO_USAGE,
  costUsd: 0,
  responses: 0,
  longestOutputTokens: 0,
  estimate: NO_ESTIMATE,
  uncounted: 0,
};

function useOf(event: RunEvent & { readonly kind: 'model_end' | 'model_retry' }): ModelUse | undefined {
  const { estimate } = event;
  const uncounted = estimate && { estimate, uncounted: 1 };
  if (event.kind === 'model_end' && event.result.ok) {
    const { usage } = event.result;
    const { costUsd } = event;
    return { ...NONE, usage, costUsd, responses: 1, longestOutputTokens: usage.outputTokens, ...uncounted };
  }
  return uncounted && { ...NONE, costUsd: uncounted.estimate.costUsd === undefined ? undefined : 0, ...uncounted };
}

function plus(one: ModelUse = NONE, other: ModelUse): ModelUse {
  return {
    usage: addUsage(one.usage, other.usage),
    costUsd: addCost(one.costUsd, other.costUsd),
    responses: one.responses + other.responses,
    longestOutputTokens: Math.max(one.longestOutputTokens, other.longestOutputTokens),
    estimate: plusEstimate(one.estimate, other.estimate),
    uncounted: one.uncounted + other.uncounted,
  };
}

function plusEstimate(one: EstimatedUse, other: EstimatedUse): EstimatedUse {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...costField(addCost(one.costUsd, other.costUsd)),
  };
}
