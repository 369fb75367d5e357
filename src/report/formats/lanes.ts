/** Tracks side by side, as many as are needed so that nothing on one of them overlaps. */
export class Lanes {
  readonly #freeAtMs: number[] = [];

  /** The first lane that is free then, from 0. Who starts later has to ask later. */
  take(startMs: number, endMs: number): number {
    const free = this.#freeAtMs.findIndex((freeAtMs) => freeAtMs <= startMs);
    const lane = free < 0 ? this.#freeAtMs.length : free;
    this.#freeAtMs[lane] = endMs;
    return lane;
  }
}
