import { onAbort } from '../../async/on-abort.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ModelError } from '../../contract/model.ts';
import { abortedError } from '../wire/stream-watch.ts';
import { askedTooLong, isLasting, isPassing } from './failures.ts';

/** How long to put up with a server's wishes, and who hears of it when that is too long. */
export interface ClosingOptions {
  readonly clock: Clock;
  /** The longest wait that a server may ask for. */
  readonly maxRetryWaitMs: number;
  /** Told once, when there is nothing more to be had: why. */
  readonly onDown?: (problem: string) => void;
}

/** Who was refused has waited as long as all others, and longest: without a start, chance would say who goes first. */
const BEHIND_REFUSED_MS = 10;

/**
 * The times in which nobody may ask: while the server wants to be left alone, all wait; once there is nothing more to be
 * had, or not for longer than anybody is to wait, all are turned away.
 */
export class Closing {
  readonly #options: ClosingOptions;
  readonly #turnAway = new Set<(error: ModelError) => void>();
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #closed: { readonly error: ModelError; readonly untilMs: number } | undefined;
  #told = false;

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  /** For how long the server still wants to be left alone by who asks for the first time, or by who was refused. */
  quietMs(isFirst: boolean): number {
    const longerMs = isFirst ? BEHIND_REFUSED_MS : 0;
    return Math.max(0, this.#quietUntilMs + longerMs - this.#options.clock.now());
  }

  /** What everybody is turned away with, if everybody is. */
  get error(): ModelError | undefined {
    return this.#closed && this.#options.clock.now() < this.#closed.untilMs ? this.#closed.error : undefined;
  }

  /** @throws {ModelError} if everybody is turned away; `aborted` if the signal has fired */
  throwIfClosed(signal: AbortSignal): void {
    if (signal.aborted) throw abortedError(signal);
    if (this.error) throw this.error;
  }

  /** Takes from a failure what it means for everybody. */
  failed(error: ModelError): void {
    if (isLasting(error)) this.close(error);
    if (!isPassing(error) || error.retryAfterMs === undefined) return;
    const { maxRetryWaitMs } = this.#options;
    this.quietFor(error.retryAfterMs);
    const tooLong = askedTooLong(error, maxRetryWaitMs);
    if (tooLong) this.close(tooLong, this.#quietUntilMs - maxRetryWaitMs);
  }

  /** Nobody asks for so long. */
  quietFor(ms: number): void {
    this.#quietUntilMs = Math.max(this.#quietUntilMs, this.#options.clock.now() + ms);
  }

  /** Turns away all that wait and, for good unless said otherwise, all that come. */
  close(error: ModelError, untilMs: number = Number.POSITIVE_INFINITY): void {
    if (this.#closed && this.#closed.untilMs >= untilMs) return;
    this.#closed = { error, untilMs };
    for (const turnAway of this.#turnAway) turnAway(error);
    if (this.#told) return;
    this.#told = true;
    this.#options.onDown?.(error.message);
  }

  /**
   * Waits for what `begin` starts, which returns how to stop it; throws when everybody is turned away, or a `ModelError`
   * `aborted` when the signal fires.
   */
  unlessClosed<T>(signal: AbortSignal, begin: (resolve: (value: T) => void) => () => void): Promise<T> {
    try {
      this.throwIfClosed(signal);
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let stop = () => {};
    let waits = true;
    const over = () => {
      waits = false;
      stopListening();
      this.#turnAway.delete(turnAway);
    };
    const turnAway = (error: ModelError) => {
      over();
      stop();
      reject(error);
    };
    const stopListening = onAbort(signal, () => turnAway(abortedError(signal)));
    this.#turnAway.add(turnAway);
    const begun = begin((value) => {
      over();
      resolve(value);
    });
    // To begin can be what turns everybody away.
    if (waits) stop = begun;
    else begun();
    return promise;
  }
}
