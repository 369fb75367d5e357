import type { Clock } from '../contract/clock.ts';

/** What share of the attempts has to be refused before they are spaced. */
const MOST_REFUSED = 0.3;
/** Over how many attempts that share is taken: over few at first, so that spacing can begin early. */
const FEWEST_ATTEMPTS = 8;
const MOST_ATTEMPTS = 33;
/** How much of what was found to be taken is asked for at first, and how much faster the pace gets with each success. */
const SHARE = 0.9;
const FASTER = 1.03;
const LONGEST_GAP_MS = 60_000;

/**
 * Spaces starts by as much as attempts are found to be taken, for those who would refuse every third otherwise, even of
 * attempts made one at a time. Rarer refusals change nothing: they may have nothing to do with the pace.
 */
export class Pace {
  readonly #clock: Clock;
  #gapMs = 0;
  /** The longest wait that was said to be enough. */
  #enoughMs = 0;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #sinceMs: number;
  #successes = 0;
  #attempts = FEWEST_ATTEMPTS;
  #refusedShare = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
  }

  /** How long until the next start. */
  get waitMs(): number {
    return Math.max(0, this.#nextAtMs - this.#clock.now());
  }

  /** An attempt starts. */
  start(): void {
    this.#nextAtMs = this.#clock.now() + this.#gapMs;
  }

  /** An attempt was taken. */
  succeeded(): void {
    this.#successes += 1;
    this.#count(0);
    this.#gapMs /= FASTER;
  }

  /** An attempt failed for a reason that has nothing to do with how fast attempts come. */
  failed(): void {
    this.#count(0);
  }

  /**
   * An attempt was refused, by somebody who would take one after `enoughMs`: the gap does not grow beyond the longest of
   * these, since gaps are part of what is measured, and would grow without end where refusals have nothing to do with the
   * pace. Returns whether refusals come so often that attempts are spaced.
   */
  refused(enoughMs = LONGEST_GAP_MS): boolean {
    this.#count(1);
    const isOften = this.#refusedShare > MOST_REFUSED;
    this.#enoughMs = Math.max(this.#enoughMs, enoughMs);
    if (isOften) this.#gapMs = Math.min(LONGEST_GAP_MS, this.#enoughMs / SHARE, this.#foundMs());
    this.measure();
    return isOften;
  }

  /** Begins to measure anew: until now there was less to start than could have been. */
  measure(): void {
    this.#sinceMs = this.#clock.now();
    this.#successes = 0;
  }

  #count(refused: 0 | 1): void {
    this.#attempts = Math.min(MOST_ATTEMPTS, this.#attempts + 1);
    this.#refusedShare += (refused - this.#refusedShare) / this.#attempts;
  }

  /** What was taken since the last refusal says how fast attempts may come; if nothing was, they came too fast still. */
  #foundMs(): number {
    if (this.#successes === 0) return 2 * this.#gapMs;
    return (this.#clock.now() - this.#sinceMs) / this.#successes / SHARE;
  }
}
