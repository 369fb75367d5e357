/** The middle of the values; of an even number the mean of the two in the middle. `NaN` of none. */
export function median(values: Iterable<number>): number {
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}

/** The value below which that share of the values lies, between two of them in proportion. `NaN` of none. */
export function quantile(values: Iterable<number>, share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** The same of values that are sorted already. */
export function quantileOfSorted(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** `NaN` of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation that a sample of this size speaks for; `NaN` of fewer than two. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
