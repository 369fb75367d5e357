/** A failure undoes this many successes, so that a limit stops growing where every fifth attempt fails. */
const SUCCESSES_UNDONE = 4;
/** The successes of a window, where the limit is smaller: what is found out by so few would be tried again too soon. */
const SMALLEST_WINDOW = 4;

/**
 * How many attempts may run at once, found out by trying. It doubles with each window of successes until the first
 * refusal, and grows by one per window from then on; a window is as many successes, under full use, as the limit itself,
 * and after the first refusal at least four. A refusal halves what was in use, once per episode: a refusal of an attempt
 * from before the last cut is no news.
 */
export class AdaptiveLimit {
  #value: number;
  #doubling = true;
  #successes = 0;
  #started = 0;
  #startedAtCut = 0;

  /** @throws {RangeError} for a start that would let nothing run. */
  constructor(start: number) {
    if (!Number.isInteger(start) || start < 1) {
      throw new RangeError(`Cannot begin with a limit of ${start}: it must be a whole number from 1 up.`);
    }
    this.#value = start;
  }

  get value(): number {
    return this.#value;
  }

  /** Notes the start of an attempt and gives its number, which tells what its refusal means. */
  start(): number {
    this.#started += 1;
    return this.#started;
  }

  /** An attempt succeeded while `running` ran, itself included. Returns whether the limit has grown. */
  succeeded(running: number): boolean {
    // A limit that nobody comes up against is not shown to be too low.
    if (running < this.#value) return false;
    this.#successes += 1;
    if (this.#successes < (this.#doubling ? this.#value : Math.max(SMALLEST_WINDOW, this.#value))) return false;
    this.#successes = 0;
    this.#value = this.#doubling ? 2 * this.#value : this.#value + 1;
    return true;
  }

  /** An attempt failed for a reason that has nothing to do with how many there are. */
  failed(): void {
    this.#successes = Math.max(0, this.#successes - SUCCESSES_UNDONE);
  }

  /** The attempt of that number was one too many of `running`, itself included. Returns whether this begins an episode. */
  refused(number: number, running: number): boolean {
    if (number <= this.#startedAtCut) return false;
    this.#startedAtCut = this.#started;
    this.#doubling = false;
    this.#successes = 0;
    this.#value = Math.max(1, Math.floor(Math.min(this.#value, running) / 2));
    return true;
  }

  /** There is known to be room for so many, which counts until the first refusal. Returns whether the limit has grown. */
  offer(room: number): boolean {
    if (!this.#doubling || Math.floor(room) <= this.#value) return false;
    this.#value = Math.floor(room);
    this.#successes = 0;
    return true;
  }
}
