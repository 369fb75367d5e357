import type { ModeSpans } from './run-spans.ts';

/** A part of time. */
interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** When as many requests were with a provider as it was held to take, so that others had to wait for that. */
export class FullLimits {
  readonly #full = new Map<string, readonly Interval[]>();

  constructor({ conversations, limits, endMs }: Pick<ModeSpans, 'conversations' | 'limits' | 'endMs'>) {
    const changes = new Map<string, Change[]>();
    for (const { model, atMs, limit } of limits) changesOf(changes, model).push({ atMs, limit });
    for (const { models } of conversations) {
      for (const { model, attempts } of models) {
        const own = changes.get(model);
        for (const attempt of own ? attempts : []) {
          own?.push({ atMs: attempt.startMs, running: 1 }, { atMs: attempt.endMs, running: -1 });
        }
      }
    }
    for (const [model, own] of changes) this.#full.set(model, fullOf(own, endMs));
  }

  /** The parts of the time from `startMs` to `endMs` in which a model's limit was full, in order. */
  during(model: string, startMs: number, endMs: number): readonly Interval[] {
    const full = this.#full.get(model) ?? [];
    const parts: Interval[] = [];
    for (let at = firstEndingAfter(full, startMs); at < full.length; at++) {
      const interval = full[at];
      if (!interval || interval.startMs >= endMs) break;
      parts.push({ startMs: Math.max(startMs, interval.startMs), endMs: Math.min(endMs, interval.endMs) });
    }
    return parts;
  }
}

interface Change {
  readonly atMs: number;
  readonly limit?: number;
  readonly running?: 1 | -1;
}

function changesOf(changes: Map<string, Change[]>, model: string): Change[] {
  const own = changes.get(model) ?? [];
  changes.set(model, own);
  return own;
}

/** A slot that is taken again within this time was never free: the next request only had to be begun. */
const HAND_OVER_MS = 1;

function fullOf(changes: readonly Change[], endMs: number): readonly Interval[] {
  const full: Interval[] = [];
  let limit = Number.POSITIVE_INFINITY;
  let running = 0;
  let sinceMs: number | undefined;
  const fill = (toMs: number) => {
    const last = full.at(-1);
    if (sinceMs === undefined || toMs <= sinceMs) return;
    if (last && sinceMs - last.endMs <= HAND_OVER_MS) full[full.length - 1] = { startMs: last.startMs, endMs: toMs };
    else full.push({ startMs: sinceMs, endMs: toMs });
  };
  for (const change of changes.toSorted((one, other) => one.atMs - other.atMs)) {
    limit = change.limit ?? limit;
    running += change.running ?? 0;
    if (running >= limit) sinceMs ??= change.atMs;
    else {
      fill(change.atMs);
      sinceMs = undefined;
    }
  }
  fill(endMs);
  return full;
}

function firstEndingAfter(intervals: readonly Interval[], atMs: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle]?.endMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
