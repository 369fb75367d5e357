/** How long tools take, as observed: what the order of waiting calls goes by. */
export class Durations {
  readonly #meanMs = new Map<string, number>();

  /** @param known from earlier runs, in milliseconds by tool */
  constructor(known: ReadonlyMap<string, number> = new Map()) {
    for (const [tool, ms] of known) this.#meanMs.set(tool, ms);
  }

  /** A call of the tool took that long. Later ones count more than earlier ones. */
  observe(tool: string, ms: number): void {
    const mean = this.#meanMs.get(tool);
    this.#meanMs.set(tool, mean === undefined ? ms : mean + (ms - mean) * WEIGHT_OF_LATEST);
  }

  /** How long a call of the tool is expected to take; for a tool never seen, as long as the others do. */
  expectedMs(tool: string): number {
    const known = this.#meanMs.get(tool);
    if (known !== undefined) return known;
    if (this.#meanMs.size === 0) return 0;
    return [...this.#meanMs.values()].reduce((sum, ms) => sum + ms, 0) / this.#meanMs.size;
  }
}

const WEIGHT_OF_LATEST = 0.3;
