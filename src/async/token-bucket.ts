import type { Clock } from '../contract/clock.ts';

/** Fills itself as time goes by, up to its capacity, and is drawn from. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  #level: number;
  #atMs: number;

  /** `perMs`: how much flows in each millisecond. `level`: what it begins with; full by default. */
  constructor(size: { readonly capacity: number; readonly perMs: number; readonly level?: number }, clock: Clock) {
    this.#capacity = size.capacity;
    this.#perMs = size.perMs;
    this.#clock = clock;
    this.#level = size.level ?? size.capacity;
    this.#atMs = clock.now();
  }

  /** What is in it; below zero while it owes. */
  get level(): number {
    const nowMs = this.#clock.now();
    this.#level = Math.min(this.#capacity, this.#level + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    return this.#level;
  }

  /** How long until `amount` is in it; until it is full for an amount that it cannot hold. */
  waitMs(amount: number): number {
    const missing = Math.min(amount, this.#capacity) - this.level;
    return missing <= 0 ? 0 : missing / this.#perMs;
  }

  /** Puts `amount` in. */
  put(amount: number): void {
    this.#level = Math.min(this.#capacity, this.level + amount);
  }

  /** Takes `amount` out, whether it is there or not. */
  take(amount: number): void {
    this.#level = this.level - amount;
  }
}
