import type { Clock } from '../contract/clock.ts';
import { onAbort } from './on-abort.ts';
import { WaitingLine } from './waiting-line.ts';

/** Spaces starts out in time: never more than `calls` of them within any span of `perMs`. */
export class RateLimit {
  readonly #calls: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  readonly #waiting = new WaitingLine<() => void>();
  /** When the last `calls` starts were: full, it is overwritten from the oldest on. */
  readonly #starts: number[] = [];
  #oldest = 0;
  #cancelTimer: (() => void) | undefined;

  /** @throws {RangeError} for a limit that would never let anything start, or that limits nothing. */
  constructor(limit: { readonly calls: number; readonly perMs: number }, clock: Clock) {
    const { calls, perMs } = limit;
    if (!Number.isInteger(calls) || calls < 1 || !Number.isFinite(perMs) || perMs <= 0) {
      throw new RangeError(
        `Cannot limit to ${calls} calls per ${perMs} ms: calls must be a whole number from 1 up, and the span more than 0 ms.`,
      );
    }
    this.#calls = calls;
    this.#perMs = perMs;
    this.#clock = clock;
  }

  /**
   * Resolves as soon as one more start is allowed, in the order of asking; to resolve is to have started. Rejects with
   * the signal's reason if it fires first, which leaves the start to others.
   */
  take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = this.#waiting.join(() => {
      leave();
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      leave();
      if (!this.#waiting.first) this.#stopTimer();
      reject(signal.reason);
    });
    if (!this.#cancelTimer) this.#startWaiting();
    return promise;
  }

  #startWaiting(): void {
    this.#stopTimer();
    for (let start = this.#waiting.first; start; start = this.#waiting.first) {
      const nowMs = this.#clock.now();
      const waitMs = this.#allowedAtMs() - nowMs;
      if (waitMs > 0) {
        this.#cancelTimer = this.#clock.after(waitMs, () => this.#startWaiting());
        return;
      }
      this.#note(nowMs);
      start();
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #allowedAtMs(): number {
    const startedAtMs = this.#starts.length < this.#calls ? undefined : this.#starts[this.#oldest];
    return startedAtMs === undefined ? Number.NEGATIVE_INFINITY : startedAtMs + this.#perMs;
  }

  #note(nowMs: number): void {
    this.#starts[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#calls;
  }
}
