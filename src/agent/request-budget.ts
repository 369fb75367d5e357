import type { EstimatedUse } from '../contract/event.ts';
import type { ModelRequest, Usage } from '../contract/model.ts';

/** What all requests of a run may use up together. */
export interface RequestBudget {
  /**
   * Sets aside the most that a request may use, waiting while only the running requests' reservations are in its way.
   * Says which limit is in the way if it never fits. Rejects if one of the signals fires while it waits.
   */
  reserve(
    modelId: string,
    request: ModelRequest,
    waiting: BudgetWait,
  ): Promise<Reservation | { readonly exceeded: string }>;
  /** Which limit ended the run, once one has. */
  readonly exceeded: string | undefined;
}

/** How a request waits for the budget to have room for it. */
export interface BudgetWait {
  /** Those that end the wait. */
  readonly signals: readonly AbortSignal[];
  /** Called when it begins to wait, if it has to. */
  readonly onWait?: (() => void) | undefined;
}

/** What is set aside for one attempt at a request. It has to be given back, once: by `settle` or by `lose`. */
export interface Reservation {
  /** How long it had to wait until others gave back what they had set aside; nothing if it did not. */
  readonly waitedMs?: number;
  /** The most tokens that the attempt may be let write; none without a limit. */
  readonly maxOutputTokens?: number | undefined;
  /** What is counted if its end is never heard of. */
  readonly estimate: EstimatedUse;
  /** The attempt is over: counts what it used, or nothing, and gives the rest back. Returns what it cost, where a price is known. */
  settle(usage: Usage | undefined): number | undefined;
  /**
   * The attempt reached its model and came to nothing: counts an estimate, by what was heard of it but no less than the
   * vendor had counted by then, and returns it.
   */
  lose(heardCharacters: number, counted?: Usage): EstimatedUse;
  /** The limit that a response was cut off for, if it was cut off where `maxOutputTokens` said, and the model could do more. */
  cutOffBy(usage: Usage): string | undefined;
}
