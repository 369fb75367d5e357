import type { Clock } from '../contract/clock.ts';
import type { ModelErrorCode, ModelEvent, ModelRequest, ModelSession } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import { abortedError } from './wire/read-watched.ts';

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

const PASSING: ReadonlySet<ModelErrorCode> = new Set([
  'rate_limited',
  'server',
  'connection',
  'incomplete_stream',
  'idle',
  'malformed',
]);

/**
 * The same session, asking again for responses that failed in a way that may pass: the one place where that is done.
 * A server that asks to be left alone is left alone by every conversation on this session.
 */
export function retrying(session: ModelSession, options: RetryOptions): ModelSession {
  const quiet = new QuietTime(options.clock);

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    await quiet.over(signal);
    const attempts = new Attempts(options);
    for (;;) {
      try {
        yield* session.respond(request, signal);
        return;
      } catch (error) {
        const retry = attempts.afterFailure(error);
        quiet.extend(retry.error);
        yield retry;
        await pause(retry.waitMs, options.clock, signal);
        await quiet.over(signal);
      }
    }
  }

  return { respond, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}

/** The time in which a server wants no requests at all. */
class QuietTime {
  readonly #clock: Clock;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async over(signal: AbortSignal): Promise<void> {
    for (let leftMs = this.#left(); leftMs > 0; leftMs = this.#left()) await pause(leftMs, this.#clock, signal);
  }

  extend({ code, retryAfterMs }: ModelError): void {
    if (code !== 'rate_limited' || retryAfterMs === undefined) return;
    this.#untilMs = Math.max(this.#untilMs, this.#clock.now() + retryAfterMs);
  }

  #left(): number {
    return this.#untilMs - this.#clock.now();
  }
}

/** The attempts at one response. */
class Attempts {
  readonly #options: RetryOptions;
  readonly #startedAtMs: number;
  #failed = 0;
  #malformed = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** How long to wait before the next attempt; throws the error to give up with if there is to be none. */
  afterFailure(error: unknown): ModelEvent & { readonly kind: 'retry' } {
    if (!(error instanceof ModelError) || !PASSING.has(error.code) || error.shouldRetry === false) throw error;
    const { clock, random, maxAttempts, maxRetryWaitMs } = this.#options;
    this.#failed += 1;
    if (error.code === 'malformed') this.#malformed += 1;
    if (this.#failed >= maxAttempts || this.#malformed > MOST_MALFORMED) throw this.#giveUp(error);
    const askedMs = error.retryAfterMs ?? 0;
    if (askedMs > maxRetryWaitMs) throw askedTooLong(error, askedMs, maxRetryWaitMs);
    const fullMs = Math.min(LONGEST_OWN_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failed - 1));
    const ownMs = fullMs * (0.5 + random() / 2);
    const elapsedMs = clock.now() - this.#startedAtMs;
    if (elapsedMs + (askedMs > ownMs ? 0 : ownMs) >= LONGEST_RESPONSE_MS) throw this.#giveUp(error);
    return { kind: 'retry', attempt: this.#failed, waitMs: Math.max(askedMs, ownMs), error };
  }

  #giveUp(error: ModelError): ModelError {
    if (this.#failed === 1) return error;
    const message = `${error.message} Gave up after ${this.#failed} attempts.`;
    return new ModelError(error.code, message, { ...error, cause: error });
  }
}

function askedTooLong(error: ModelError, askedMs: number, maxRetryWaitMs: number): ModelError {
  const [asked, most] = [askedMs, maxRetryWaitMs].map((ms) => Math.ceil(ms / 1000));
  const message = `${error.message} The server asks to wait ${asked} s, which is longer than the ${most} s allowed.`;
  return new ModelError('rate_limited', message, { ...error, cause: error });
}

async function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch {
    throw abortedError(signal);
  }
}
