import { randomNumbers } from './random-numbers.ts';
import { median, quantileOfSorted } from './statistics.ts';

/** How many times as large one thing is as another, by measurements of both that were made side by side. */
export interface PairedRatio {
  /** Of the medians. */
  readonly ratio: number;
  readonly pairs: number;
  /** Holds the true ratio 95 times out of 100; nothing below six pairs, of which even the extremes say less than that. */
  readonly interval?: { readonly low: number; readonly high: number };
}

export const CONFIDENCE = 0.95;
export const RESAMPLES = 10_000;
export const SEED = 1;
/** With fewer, even the smallest and the largest of them have the true median between them less than 95 times out of 100. */
export const FEWEST_PAIRS = 6;

/**
 * The ratio of the medians of pairs, and how sure it is: a bootstrap over the pairs, so that what both of a pair had in
 * common cancels out. The percentiles are moved outwards for small samples, which know too little of their own spread
 * (https://doi.org/10.1080/00031305.2015.1089789, section 5). The same pairs always give the same interval.
 */
export function pairedRatio(
  pairs: readonly (readonly [number, number])[],
  resamples = RESAMPLES,
): PairedRatio | undefined {
  const ratio = ratioOfMedians(pairs);
  if (ratio === undefined) return undefined;
  if (pairs.length < FEWEST_PAIRS) return { ratio, pairs: pairs.length };
  const random = randomNumbers(SEED);
  const ratios = Float64Array.from({ length: resamples }, () => {
    const drawn = pairs.map((_, __, { length }) => pairs[Math.floor(random() * length)] ?? NO_PAIR);
    return ratioOfMedians(drawn) ?? Number.NaN;
  })
    .filter(Number.isFinite)
    .sort();
  const tail = tailFor(pairs.length);
  const interval = { low: quantileOfSorted(ratios, tail), high: quantileOfSorted(ratios, 1 - tail) };
  return { ratio, pairs: pairs.length, interval };
}

const NO_PAIR = [Number.NaN, Number.NaN] as const;

function ratioOfMedians(pairs: readonly (readonly [number, number])[]): number | undefined {
  const ratio = median(pairs.map(([one]) => one)) / median(pairs.map(([, other]) => other));
  return Number.isFinite(ratio) ? ratio : undefined;
}

/** The share to leave out at each end: that of the normal distribution beyond Student's quantile, a little widened. */
function tailFor(size: number): number {
  return normalTail(Math.sqrt(size / (size - 1)) * studentQuantile(size - 1));
}

const NORMAL_QUANTILE = 1.959963984540054;

/** Of 97.5 %, by its expansion around the normal one (Abramowitz and Stegun 26.7.5); off by 0.2 % at five degrees. */
function studentQuantile(freedom: number): number {
  const z = NORMAL_QUANTILE;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** The share of the normal distribution above a positive value (Abramowitz and Stegun 26.2.17). */
function normalTail(value: number): number {
  const t = 1 / (1 + 0.2316419 * value);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
