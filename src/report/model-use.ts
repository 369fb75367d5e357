import type { RunEvent } from '../contract/event.ts';
import type { Usage } from '../contract/model.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';

/** What one model's responses took together. */
export interface ModelUse {
  readonly usage: Usage;
  /** At list price; nothing if one of them had no price. */
  readonly costUsd: number | undefined;
}

/** What each model's responses took, by `provider/name`, in the order in which they first answered. */
export type ModelUses = ReadonlyMap<string, ModelUse>;

/** Adds up what each model takes. Remembers which model is asked for each conversation while it is, and nothing else. */
export class ModelUseRecorder {
  readonly #uses = new Map<string, ModelUse>();
  readonly #asked = new Map<string, string>();

  add(event: RunEvent): void {
    if (event.kind === 'model_start') this.#asked.set(event.conversation, event.model);
    if (event.kind !== 'model_end') return;
    const model = this.#asked.get(event.conversation);
    this.#asked.delete(event.conversation);
    if (model === undefined || !event.result.ok) return;
    const use = { usage: event.result.usage, costUsd: event.costUsd };
    this.#uses.set(model, plus(this.#uses.get(model), use));
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

const NONE: ModelUse = { usage: NO_USAGE, costUsd: 0 };

function plus(one: ModelUse = NONE, other: ModelUse): ModelUse {
  const isPriced = one.costUsd !== undefined && other.costUsd !== undefined;
  const costUsd = isPriced ? one.costUsd + other.costUsd : undefined;
  return { usage: addUsage(one.usage, other.usage), costUsd };
}
