/** How a set of durations is spread, in milliseconds. Percentiles are durations that really occurred (nearest rank). */
export interface Distribution {
  readonly count: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** All 0 for no durations. */
export function distributionOf(durationsMs: readonly number[]): Distribution {
  const sorted = Float64Array.from(durationsMs).sort();
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    count: sorted.length,
    totalMs: sorted.reduce((sum, ms) => sum + ms, 0),
    p50Ms: rank(0.5),
    p90Ms: rank(0.9),
    p99Ms: rank(0.99),
    maxMs: rank(1),
  };
}
