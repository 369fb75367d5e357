/** A recording in its file, to be used once: `line` counts from 1, the rest is in bytes. */
export interface Recording {
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly conversation: string;
  /** A number for each part of what was asked, to compare it with others by. */
  readonly parts: Uint32Array;
}

/** Too little to outweigh any part. */
const PREFERENCE = 1e-6;

/** Recordings by what they are found by, and which of them are used. */
export class Recordings<T extends Recording> {
  readonly #all: T[] = [];
  readonly #byKey = new Map<string, T[]>();
  readonly #used = new Set<T>();

  add(recording: T, keys: Iterable<string>): void {
    this.#all.push(recording);
    for (const key of keys) {
      const known = this.#byKey.get(key);
      if (known) known.push(recording);
      else this.#byKey.set(key, [recording]);
    }
  }

  get size(): number {
    return this.#all.length;
  }

  get unused(): number {
    return this.#all.length - this.#used.size;
  }

  /** All with this key, in the order of the file. */
  of(key: string): readonly T[] {
    return this.#byKey.get(key) ?? [];
  }

  /**
   * Takes the first one that nobody has used, of those that `rate` puts highest. So each conversation finds its own,
   * whatever the order in which they ask.
   */
  take(key: string, rate: (recording: T) => number): T | undefined {
    const best = first(this.of(key), (recording) => (this.#used.has(recording) ? undefined : rate(recording)));
    if (best) this.#used.add(best);
    return best;
  }

  giveBack(recording: T): void {
    this.#used.delete(recording);
  }

  /** All may be used again. */
  rewind(): void {
    this.#used.clear();
  }

  /** The one that has the most in common with what was asked: of equal ones, one of the conversation. */
  nearest(parts: Uint32Array, conversation: string): T | undefined {
    const wanted = new Set(parts);
    return first(this.#all, (recording) => {
      const common = recording.parts.filter((part) => wanted.has(part)).length;
      const preference = recording.conversation === conversation ? PREFERENCE : 0;
      return common / (parts.length + recording.parts.length) + preference;
    });
  }
}

/** The first of those that are rated highest; what is not rated is left out. */
function first<T>(candidates: readonly T[], rate: (candidate: T) => number | undefined): T | undefined {
  let best: T | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const rating = rate(candidate);
    if (rating === undefined || rating <= most) continue;
    best = candidate;
    most = rating;
  }
  return best;
}
