import type { ModelErrorCode, ModelEvent, ModelRequest, Usage } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import type { RequestBudget, Reservation } from './request-budget.ts';

/** What one response takes from the run's budget, over all attempts at it. Without a budget it takes nothing. */
export class Spending {
  readonly #budget: RequestBudget | undefined;
  readonly #modelId: string;
  readonly #request: ModelRequest;
  readonly #signals: readonly AbortSignal[];
  #reservation: Reservation | undefined;
  #heardCharacters = 0;

  /** @param signals end the wait for others to give back */
  constructor(
    budget: RequestBudget | undefined,
    modelId: string,
    request: ModelRequest,
    signals: readonly AbortSignal[],
  ) {
    this.#budget = budget;
    this.#modelId = modelId;
    this.#request = request;
    this.#signals = signals;
  }

  /** How long it had to wait for what is set aside. */
  get waitedMs(): number {
    return this.#reservation?.waitedMs ?? 0;
  }

  /** Sets aside what an attempt may use. Returns the limit that forbids it, if one does; rejects if a signal fires. */
  async begin(): Promise<string | undefined> {
    const reserved = await this.#budget?.reserve(this.#modelId, this.#request, this.#signals);
    if (reserved && 'exceeded' in reserved) return reserved.exceeded;
    this.#reservation = reserved;
    this.#heardCharacters = 0;
    return undefined;
  }

  /** Takes note of what will have to be paid for, should the attempt fail. */
  hear(event: ModelEvent): void {
    if (event.kind === 'text' || event.kind === 'arguments') this.#heardCharacters += event.delta.length;
    if (event.kind === 'call') this.#heardCharacters += event.call.argumentsText.length;
  }

  /** An attempt failed and is made again: what it set aside does for the next one too, unless some of it was used. */
  async tryAgain(error: ModelError): Promise<string | undefined> {
    if (!this.#mayBeBilled(error)) return undefined;
    this.#lose();
    return await this.begin();
  }

  /** The last attempt failed. */
  fail(error: unknown): void {
    if (this.#mayBeBilled(error)) this.#lose();
    else this.#reservation?.settle(undefined);
  }

  /** The response is complete. Returns what it cost, where a price is known. */
  settle(usage: Usage): number | undefined {
    return this.#reservation?.settle(usage);
  }

  #mayBeBilled(error: unknown): boolean {
    return this.#heardCharacters > 0 || !(error instanceof ModelError) || UNDERWAY.has(error.code);
  }

  #lose(): void {
    this.#reservation?.lose(this.#heardCharacters);
    this.#reservation = undefined;
  }
}

/** Failures of requests that the model has begun to work on, or may have. */
const UNDERWAY: ReadonlySet<ModelErrorCode> = new Set(['incomplete_stream', 'idle', 'malformed', 'aborted']);
