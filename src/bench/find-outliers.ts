import { median } from './statistics.ts';

/** How many times the usual distance from the median is too far, and how far it must be at least to matter. */
const TOO_FAR = 3.5;
const LEAST_SHARE = 0.1;
/** Makes the median distance comparable with a standard deviation, for what is normally distributed. */
const NORMAL_CONSISTENCY = 0.6745;

/**
 * The indexes of the values that are unlike the others: further from the median than 3.5 times what is usual
 * (Iglewicz and Hoaglin's rule, https://www.itl.nist.gov/div898/handbook/eda/section3/eda35h.htm), and by more than a
 * tenth of it.
 */
export function findOutliers(values: readonly number[]): readonly number[] {
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const usual = median(distances);
  return [...values.keys()].filter((index) => {
    const distance = distances[index] ?? 0;
    return distance > LEAST_SHARE * middle && NORMAL_CONSISTENCY * distance > TOO_FAR * usual;
  });
}
