import type { EstimatedUse } from '../contract/event.ts';
import type { ModelErrorCode, ModelEvent, ModelEventOf, ModelRequest, Usage } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import type { RequestBudget, Reservation } from './request-budget.ts';

/** What a response took from the run's budget. */
export interface Spent {
  /** At list price, where it is known. */
  readonly costUsd?: number | undefined;
  /** What it took where the vendor did not say. */
  readonly estimate?: EstimatedUse | undefined;
  /** The limit that it was cut off for. */
  readonly limit?: string | undefined;
}

/** Whose budget it is, and what ends the wait for it. */
export interface SpendingContext {
  readonly budget?: RequestBudget;
  /** `provider/name`. */
  readonly model: string;
  /** Fires when everything must end now. */
  readonly signal: AbortSignal;
  /** Fires when nothing new may start. */
  readonly stopping: AbortSignal;
}

/** What one response takes from the run's budget, over all attempts at it. Without a budget it takes nothing. */
export class Spending {
  /** The request as it is to be sent: what may come of it is held to what is set aside for the attempt. */
  readonly request: ModelRequest;
  readonly #budget: RequestBudget | undefined;
  readonly #modelId: string;
  readonly #signals: readonly AbortSignal[];
  #reservation: Reservation | undefined;
  #heardCharacters = 0;
  #counted: Usage | undefined;

  constructor(request: ModelRequest, { budget, model, signal, stopping }: SpendingContext) {
    this.#budget = budget;
    this.#modelId = model;
    this.#signals = [signal, stopping];
    const most = () => this.#reservation?.maxOutputTokens;
    this.request = {
      ...request,
      get maxOutputTokens() {
        return most();
      },
    };
  }

  /** How long it had to wait for what is set aside. */
  get waitedMs(): number {
    return this.#reservation?.waitedMs ?? 0;
  }

  /** What is counted for the attempt if its end is never heard of. */
  get estimate(): EstimatedUse | undefined {
    return this.#reservation?.estimate;
  }

  /**
   * Sets aside what an attempt may use, unless that is still set aside for the one before. Returns the limit that forbids
   * it, if one does; rejects if a signal fires. Tells if it has to wait.
   */
  async begin(onWait?: () => void): Promise<string | undefined> {
    if (this.#reservation) return undefined;
    const reserved = await this.#budget?.reserve(this.#modelId, this.request, { signals: this.#signals, onWait });
    if (reserved && 'exceeded' in reserved) return reserved.exceeded;
    this.#reservation = reserved;
    this.#heardCharacters = 0;
    this.#counted = undefined;
    return undefined;
  }

  /** Takes note of what will have to be paid for, should the attempt fail. */
  hear(event: ModelEvent): void {
    if (event.kind === 'text' || event.kind === 'arguments') this.#heardCharacters += event.delta.length;
    if (event.kind === 'call') this.#heardCharacters += event.call.argumentsText.length;
    if (event.kind === 'used') this.#counted = event.usage;
  }

  /** An attempt failed. Returns what it may have used; if it used nothing, what is set aside will do for the next one. */
  failed(error: unknown): EstimatedUse | undefined {
    return this.#mayBeBilled(error) ? this.#lose() : undefined;
  }

  /** There is no further attempt after one that used nothing. */
  giveBack(): void {
    this.#reservation?.settle(undefined);
    this.#reservation = undefined;
  }

  /** The response is complete. */
  settle({ stop, usage }: ModelEventOf<'end'>): Spent {
    const limit = stop === 'truncated' ? this.#reservation?.cutOffBy(usage) : undefined;
    const isCounted = usage.inputTokens !== 0 || usage.outputTokens !== 0 || stop === 'blocked';
    if (isCounted) return { limit, costUsd: this.#reservation?.settle(usage) };
    const estimate = this.#lose();
    return { limit, estimate, costUsd: estimate?.costUsd === undefined ? undefined : 0 };
  }

  #mayBeBilled(error: unknown): boolean {
    const isUnderway = this.#heardCharacters > 0 || this.#counted !== undefined;
    return isUnderway || !(error instanceof ModelError) || UNDERWAY.has(error.code);
  }

  #lose(): EstimatedUse | undefined {
    const estimate = this.#reservation?.lose(this.#heardCharacters, this.#counted);
    this.#reservation = undefined;
    return estimate;
  }
}

/** Failures of requests that the model has begun to work on, or may have. */
const UNDERWAY: ReadonlySet<ModelErrorCode> = new Set(['incomplete_stream', 'idle', 'malformed', 'aborted']);
