const REMEMBERED = 32;
const ENOUGH = 5;
const NAMES = 500;

/** How long a first call may take before it is called slow. */
const SLOW_UNCOMPARED_MS = 10_000;
/** How much longer than usual is worth a word. */
const WORTH_SAYING_MS = 500;

/**
 * Tells which calls took much longer than calls of the same name usually do: more than twice the median of the latest
 * ones and at least half a second more. With too few to compare with, more than ten seconds is slow.
 */
export class Slowness {
  readonly #latest = new Map<string, number[]>();

  /** The mark for a call that has just ended, or `undefined`; remembers its duration for the next ones. */
  judge(name: string, tookMs: number): { readonly usualMs: number | undefined } | undefined {
    const latest = this.#latest.get(name) ?? [];
    const verdict = compare(latest, tookMs);
    latest.push(tookMs);
    if (latest.length > REMEMBERED) latest.shift();
    if (this.#latest.size < NAMES) this.#latest.set(name, latest);
    return verdict;
  }
}

function compare(latest: readonly number[], tookMs: number): { usualMs: number | undefined } | undefined {
  if (tookMs < WORTH_SAYING_MS) return undefined;
  if (latest.length < ENOUGH) return tookMs > SLOW_UNCOMPARED_MS ? { usualMs: undefined } : undefined;
  const usualMs = latest.toSorted((a, b) => a - b)[Math.floor(latest.length / 2)] ?? 0;
  return tookMs > 2 * usualMs && tookMs - usualMs >= WORTH_SAYING_MS ? { usualMs } : undefined;
}
