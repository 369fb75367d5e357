import type { Clock } from '../contract/clock.ts';
import type { Emit, RequestWait } from '../contract/event.ts';

/** Whose request it is, and who hears of its waits. */
export interface RequestTimesContext {
  readonly conversation: string;
  readonly turn: number;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** How long a request to a model takes from now on, and how much of that it waits, over all attempts at it. */
export class RequestTimes {
  readonly #context: RequestTimesContext;
  readonly #startedAt: number;
  #attemptAt: number;
  #firstAt: number | undefined;
  /** What the attempt to come waits for. */
  #waits: { readonly reason: RequestWait; readonly sinceMs: number } | undefined;
  #waitedMs = 0;
  #rateMs = 0;
  /** Whether a refusal is the reason for the wait between the last two attempts. */
  #waitsForRate = false;

  constructor(context: RequestTimesContext) {
    this.#context = context;
    this.#startedAt = context.clock.now();
    this.#attemptAt = this.#startedAt;
  }

  /** Text or a call came. */
  hear(): void {
    this.#firstAt ??= this.#context.clock.now();
  }

  /** The next attempt begins to wait, and tells so. */
  beginWait(reason: RequestWait): void {
    if (this.#waits) return;
    const { conversation, turn, clock, emit } = this.#context;
    this.#waits = { reason, sinceMs: clock.now() };
    emit({ kind: 'wait_start', conversation, turn, reason });
  }

  /** The wait is over; `forMs` is how long it was, if that is known exactly. Does nothing where there was none. */
  endWait(forMs?: number): void {
    if (!this.#waits) return;
    const { conversation, turn, clock, emit } = this.#context;
    const { reason, sinceMs } = this.#waits;
    const tookMs = forMs ?? clock.now() - sinceMs;
    this.#waits = undefined;
    this.#attemptAt = clock.now();
    this.#waitedMs += tookMs;
    if (reason === 'rate') this.#rateMs += tookMs;
    emit({ kind: 'wait_end', conversation, turn, reason, tookMs });
  }

  /** An attempt failed, because of rate limits or not, and the next one is made after `waitMs`. */
  retry(waitMs: number, isForRate: boolean): void {
    this.#firstAt = undefined;
    this.attemptIn(waitMs);
    this.#waitedMs += waitMs;
    this.#waitsForRate = isForRate;
    if (isForRate) this.#rateMs += waitMs;
  }

  /** The next attempt is made so long from now. */
  attemptIn(ms: number): void {
    this.#attemptAt = this.#context.clock.now() + ms;
  }

  /** It failed for good, which may be before the wait for another attempt was over: the rest of that was not waited. */
  fail(): void {
    if (this.#firstAt !== undefined) return;
    const unspentMs = Math.max(0, this.#attemptAt - this.#context.clock.now());
    this.#waitedMs -= unspentMs;
    if (this.#waitsForRate) this.#rateMs -= unspentMs;
  }

  /** Up to now; `firstMs`: until the last attempt's first text or call, if any came. */
  get sums() {
    return {
      tookMs: this.#context.clock.now() - this.#startedAt,
      waitedMs: this.#waitedMs,
      rateMs: this.#rateMs,
      firstMs: this.#firstAt === undefined ? undefined : this.#firstAt - this.#attemptAt,
    };
  }
}
