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
    signals: readonly AbortSignal[],
  ): Promise<Reservation | { readonly exceeded: string }>;
  /** Which limit ended the run, once one has. */
  readonly exceeded: string | undefined;
}

/** What is set aside for one attempt at a request. It has to be given back, once: by the one or the other. */
export interface Reservation {
  /** How long it had to wait until others gave back what they had set aside; nothing if it did not. */
  readonly waitedMs?: number;
  /** The attempt is over: counts what it used, or nothing, and gives the rest back. Returns what it cost, where a price is known. */
  settle(usage: Usage | undefined): number | undefined;
  /** The attempt failed after its request was taken: counts an estimate for the request and for what was heard of the response. */
  lose(heardCharacters: number): void;
}
