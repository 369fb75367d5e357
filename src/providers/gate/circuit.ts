import { TokenBucket } from '../../async/token-bucket.ts';
import type { Clock } from '../../contract/clock.ts';

/** Retries that may be made beyond those that first attempts and time have paid for. */
const CAPACITY = 100;
const RETRIES_PER_FIRST_ATTEMPT = 0.5;
const RETRIES_PER_MS = 1 / 1000;
const PROBE_EVERY_MS = 5000;
/** How long a provider is probed before it counts as down. */
const LONGEST_OPEN_MS = 600_000;

/**
 * Pays for retries from a budget that first attempts and time fill. With the budget empty the circuit opens: only
 * probes are let through, one every five seconds, until one of them is answered.
 */
export class Circuit {
  readonly #clock: Clock;
  readonly #budget: TokenBucket;
  #openedAtMs: number | undefined;
  #probeAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#budget = new TokenBucket({ capacity: CAPACITY, perMs: RETRIES_PER_MS }, clock);
  }

  get isOpen(): boolean {
    return this.#openedAtMs !== undefined;
  }

  /** How long until an attempt may start. */
  get holdMs(): number {
    return this.isOpen ? Math.max(0, this.#probeAtMs - this.#clock.now()) : 0;
  }

  /** How long it may still stay open. */
  get leftMs(): number {
    if (this.#openedAtMs === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#openedAtMs + LONGEST_OPEN_MS - this.#clock.now());
  }

  /** An attempt starts, the first one at its response or a later one. Returns whether it is a probe. */
  start(isFirst: boolean): boolean {
    if (isFirst) this.#budget.put(RETRIES_PER_FIRST_ATTEMPT);
    if (this.isOpen) this.#probeAtMs = this.#clock.now() + PROBE_EVERY_MS;
    return this.isOpen;
  }

  /** A failure that asks for a retry: pays for it, or opens. Returns whether it has opened. */
  retry(): boolean {
    if (this.#budget.level >= 1) {
      this.#budget.take(1);
      return false;
    }
    if (this.isOpen) return false;
    this.#openedAtMs = this.#clock.now();
    this.#probeAtMs = this.#openedAtMs + PROBE_EVERY_MS;
    return true;
  }

  /** A probe was answered: closes. Returns whether it has closed. */
  answered(): boolean {
    const wasOpen = this.isOpen;
    this.#openedAtMs = undefined;
    return wasOpen;
  }
}
