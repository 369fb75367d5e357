import type { Clock } from '../contract/clock.ts';

/** What was taken from a budget, and can be corrected until its span is over. */
export interface Taken {
  readonly atMs: number;
  amount: number;
  over: boolean;
}

/** Gone parts are dropped from the list in one go, once there are so many of them. */
const MOST_GONE = 1024;

/** An amount that may be used within any span of `perMs`: parts of it are taken, and come back when the span is over. */
export class WindowBudget {
  readonly #amount: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  /** What was taken, the oldest first; those before `#oldest` are over. */
  #taken: Taken[] = [];
  #oldest = 0;
  #used = 0;

  /** @throws {RangeError} for a budget of nothing, or one that limits nothing. */
  constructor(budget: { readonly amount: number; readonly perMs: number }, clock: Clock) {
    const { amount, perMs } = budget;
    if (!Number.isFinite(amount) || amount <= 0 || !Number.isFinite(perMs) || perMs <= 0) {
      throw new RangeError(`Cannot budget ${amount} per ${perMs} ms: both must be more than 0.`);
    }
    this.#amount = amount;
    this.#perMs = perMs;
    this.#clock = clock;
  }

  /** How long until so much is left; until nothing is in use for an amount larger than the whole. */
  waitMs(amount: number): number {
    const nowMs = this.#clock.now();
    this.#expire(nowMs);
    let excess = this.#used + Math.min(amount, this.#amount) - this.#amount;
    let untilMs = nowMs;
    for (let index = this.#oldest; excess > 0; index++) {
      const taken = this.#taken[index];
      if (!taken) break;
      excess -= taken.amount;
      untilMs = taken.atMs + this.#perMs;
    }
    return untilMs - nowMs;
  }

  /** Takes so much, whether it is left or not. */
  take(amount: number): Taken {
    const taken = { atMs: this.#clock.now(), amount, over: false };
    this.#taken.push(taken);
    this.#used += amount;
    return taken;
  }

  /** It was another amount that was taken then. */
  correct(taken: Taken, amount: number): void {
    if (!taken.over) this.#used += amount - taken.amount;
    taken.amount = amount;
  }

  #expire(nowMs: number): void {
    for (;;) {
      const taken = this.#taken[this.#oldest];
      if (!taken || taken.atMs + this.#perMs > nowMs) break;
      taken.over = true;
      this.#used -= taken.amount;
      this.#oldest += 1;
    }
    if (this.#oldest < MOST_GONE) return;
    this.#taken = this.#taken.slice(this.#oldest);
    this.#oldest = 0;
  }
}
