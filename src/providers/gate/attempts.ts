import type { Clock } from '../../contract/clock.ts';
import type { ModelError, ModelEventOf } from '../../contract/model.ts';
import { askedTooLong, gaveUp, isAnswer, isPassing } from './failures.ts';

/** How often and how long a response is asked for again. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Numbers from 0 up to 1. */
  readonly random: () => number;
  readonly maxAttempts: number;
  /** The longest wait that a server may ask for. */
  readonly maxRetryWaitMs: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_OWN_WAIT_MS = 30_000;
/** No attempt starts later than this after the first, unless the server itself asked for the wait. */
const LONGEST_RESPONSE_MS = 600_000;
/** A model that writes nonsense twice more will write it again. */
const MOST_MALFORMED = 2;

/** Who was turned away so often is let through on its own, or bad luck would use up all its attempts. */
const REFUSED_OFTEN = 3;

/** The random number that made our own wait after that many failures so long. */
export function chanceOfWait(waitMs: number, failures: number): number {
  return Math.min(1, Math.max(0, (2 * waitMs) / fullWaitMs(failures) - 1));
}

function fullWaitMs(failures: number): number {
  return Math.min(LONGEST_OWN_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
}

/** The attempts at one response. */
export class Attempts {
  readonly #options: RetryOptions;
  #startedAtMs: number;
  #attemptAtMs: number;
  #made = 0;
  #counted = 0;
  #malformed = 0;
  #refused = 0;
  #waitMs = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
    this.#attemptAtMs = this.#startedAtMs;
  }

  /** How long nothing should have been started before the next one. */
  get apartMs(): number {
    return this.#refused >= REFUSED_OFTEN ? this.#waitMs : 0;
  }

  /** The next one begins, after having waited for others: time that does not count as spent on the response. */
  begin(waitedMs: number): void {
    this.#startedAtMs += waitedMs;
    this.#attemptAtMs = this.#options.clock.now();
  }

  /**
   * How long to wait before the next one; throws the error to give up with if there is to be none. A probe that fails is
   * not held against the response that was sent as one: it waits for the next probe.
   */
  afterFailure(error: unknown, wasProbe: boolean): ModelEventOf<'retry'> {
    if (!isPassing(error)) throw error;
    this.#made += 1;
    const { clock, maxRetryWaitMs } = this.#options;
    const askedMs = error.retryAfterMs ?? 0;
    let ownMs = 0;
    if (wasProbe && !isAnswer(error)) this.#startedAtMs += clock.now() - this.#attemptAtMs;
    else ownMs = this.#ownWait(error);
    const tooLong = askedTooLong(error, maxRetryWaitMs);
    if (tooLong) throw tooLong;
    if (this.#isTooLate(askedMs > ownMs ? 0 : ownMs)) throw gaveUp(error, this.#made);
    if (error.code === 'rate_limited') this.#refused += 1;
    this.#waitMs = Math.max(askedMs, ownMs);
    return { kind: 'retry', attempt: this.#made, waitMs: this.#waitMs, error };
  }

  #ownWait(error: ModelError): number {
    const { random, maxAttempts } = this.#options;
    this.#counted += 1;
    if (error.code === 'malformed') this.#malformed += 1;
    if (this.#counted >= maxAttempts || this.#malformed > MOST_MALFORMED) throw gaveUp(error, this.#made);
    return fullWaitMs(this.#counted) * (0.5 + random() / 2);
  }

  #isTooLate(waitMs: number): boolean {
    return this.#options.clock.now() - this.#startedAtMs + waitMs >= LONGEST_RESPONSE_MS;
  }
}
