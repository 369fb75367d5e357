import type { Clock } from '../contract/clock.ts';
import { onAbort } from './on-abort.ts';
import { WaitingLine } from './waiting-line.ts';

/** Leave to start once: holds a place in the rate, which `start` or `giveBack` ends; after either both do nothing. */
export interface StartPermit {
  /** The start happens now. */
  start(): void;
  /** It will not happen. */
  giveBack(): void;
}

/**
 * Spaces starts out in time: never more than `calls` of them within any span of `perMs`. Whoever has leave to start need
 * not do so at once: the place in the rate is held until then, so that those who waited elsewhere do not start together.
 */
export class RateLimit {
  readonly #calls: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  readonly #waiting = new WaitingLine<() => void>();
  #permits = 0;
  /** When starts were that may still be too recent, from `#oldest` on, around the end of the list. */
  readonly #starts: number[] = [];
  #oldest = 0;
  #recent = 0;
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

  /** Resolves as soon as one more start is allowed, in the order of asking. Rejects with the signal's reason if it fires first. */
  take(signal: AbortSignal): Promise<StartPermit> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<StartPermit>();
    const leave = this.#waiting.join(() => {
      leave();
      stopListening();
      resolve(this.#permit());
    });
    const stopListening = onAbort(signal, () => {
      leave();
      if (!this.#waiting.first) this.#stopTimer();
      reject(signal.reason);
    });
    if (!this.#cancelTimer) this.#letIn();
    return promise;
  }

  #permit(): StartPermit {
    let isHeld = true;
    const end = (atMs?: number) => {
      if (!isHeld) return;
      isHeld = false;
      this.#permits -= 1;
      if (atMs !== undefined) this.#note(atMs);
      this.#letIn();
    };
    this.#permits += 1;
    return { start: () => end(this.#clock.now()), giveBack: () => end() };
  }

  #letIn(): void {
    this.#stopTimer();
    for (let enter = this.#waiting.first; enter; enter = this.#waiting.first) {
      const nowMs = this.#clock.now();
      this.#forgetOld(nowMs);
      if (this.#permits + this.#recent >= this.#calls) {
        this.#waitForOldest(nowMs);
        return;
      }
      enter();
    }
  }

  /** Where all have leave to start, the first of them to do so makes others wait for a time, and until then nobody knows. */
  #waitForOldest(nowMs: number): void {
    const startedAtMs = this.#recent > 0 ? this.#starts[this.#oldest] : undefined;
    if (startedAtMs === undefined) return;
    this.#cancelTimer = this.#clock.after(startedAtMs + this.#perMs - nowMs, () => this.#letIn());
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Adds up as those that wait do: of another sum, rounded otherwise, a wait could come to nothing and never end. */
  #forgetOld(nowMs: number): void {
    while (this.#recent > 0 && (this.#starts[this.#oldest] ?? nowMs) + this.#perMs <= nowMs) {
      this.#oldest = (this.#oldest + 1) % this.#calls;
      this.#recent -= 1;
    }
  }

  #note(nowMs: number): void {
    this.#forgetOld(nowMs);
    this.#starts[(this.#oldest + this.#recent) % this.#calls] = nowMs;
    this.#recent += 1;
  }
}
