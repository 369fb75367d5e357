/** How many of something there were at once, over time: `counts[i]` from `timesMs[i]` on. */
export interface StepCurve {
  readonly timesMs: readonly number[];
  readonly counts: readonly number[];
  readonly most: number;
}

/** How many intervals were open at once. */
export function openAtOnce(intervals: readonly { readonly startMs: number; readonly endMs: number }[]): StepCurve {
  const changes = intervals
    .flatMap(({ startMs, endMs }) => [
      { atMs: startMs, by: 1 },
      { atMs: endMs, by: -1 },
    ])
    .sort((one, other) => one.atMs - other.atMs);
  const timesMs: number[] = [];
  const counts: number[] = [];
  let count = 0;
  let most = 0;
  for (const { atMs, by } of changes) {
    count += by;
    if (timesMs.at(-1) === atMs) counts[counts.length - 1] = count;
    else {
      timesMs.push(atMs);
      counts.push(count);
    }
  }
  for (const each of counts) most = Math.max(most, each);
  return { timesMs, counts, most };
}

/** What a value was set to, from when on. */
export function stepsOf(marks: readonly { readonly atMs: number; readonly count: number }[]): StepCurve {
  return {
    timesMs: marks.map(({ atMs }) => atMs),
    counts: marks.map(({ count }) => count),
    most: marks.reduce((most, { count }) => Math.max(most, count), 0),
  };
}

/** Its value at a moment; nothing before the first. */
export function countAt({ timesMs, counts }: StepCurve, atMs: number): number | undefined {
  return counts[firstAfter(timesMs, atMs) - 1];
}

/** The index of the first time that is later. */
export function firstAfter(timesMs: readonly number[], atMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
