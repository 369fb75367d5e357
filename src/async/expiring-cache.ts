import type { Clock } from '../contract/clock.ts';

interface Kept<T> {
  readonly value: T;
  readonly untilMs: number;
}

/** Keeps values for a while: at most `maxEntries` of them, of which the least recently used goes first. */
export class ExpiringCache<T> {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  /** From the least to the most recently used. */
  readonly #entries = new Map<string, Kept<T>>();
  /** Kept from one removal to the next: a new one would step over the holes of all earlier removals again. */
  readonly #fromOldest = this.#entries.keys();

  /** @throws {RangeError} when there is to be no room at all. */
  constructor(clock: Clock, maxEntries: number) {
    if (!Number.isInteger(maxEntries) || maxEntries < 1) {
      throw new RangeError(`Cannot keep ${maxEntries} entries: it must be a whole number from 1 up.`);
    }
    this.#clock = clock;
    this.#maxEntries = maxEntries;
  }

  /** The value under this key, unless its time is over. */
  get(key: string): T | undefined {
    const kept = this.#entries.get(key);
    if (!kept) return undefined;
    this.#entries.delete(key);
    if (this.#clock.now() >= kept.untilMs) return undefined;
    this.#entries.set(key, kept);
    return kept.value;
  }

  /** Keeps the value for `ttlMs`, which may be `Infinity`, in the place of any other under this key. */
  set(key: string, value: T, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: this.#clock.now() + ttlMs });
    if (this.#entries.size > this.#maxEntries) this.#removeOldest();
  }

  #removeOldest(): void {
    const oldest = this.#fromOldest.next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
