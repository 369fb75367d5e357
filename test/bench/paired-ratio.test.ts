import { describe, expect, it } from 'vitest';
import { pairedRatio } from '../../src/bench/paired-ratio.ts';

type Pairs = readonly (readonly [number, number])[];

describe('The ratio of pairs', () => {
  it('is that of the medians, as a person would work it out from the table', () => {
    const pairs: Pairs = [
      [10, 4],
      [12, 5],
      [11, 9],
    ];
    expect(pairedRatio(pairs)).toEqual({ ratio: 11 / 5, pairs: 3 });
  });

  it('has no interval below six pairs, and from six on the same one each time', () => {
    expect(pairedRatio(noisyPairs(5, randomNumbers(1)))?.interval).toBeUndefined();
    const pairs = noisyPairs(6, randomNumbers(1));
    expect(pairedRatio(pairs)?.interval).toBeDefined();
    expect(pairedRatio(pairs)).toEqual(pairedRatio(pairs));
  });

  it('is not made uncertain by what slows both of a pair alike', () => {
    const pairs: Pairs = [1, 1.5, 2, 3, 1.2, 8].map((drift) => [10 * drift, 4 * drift] as const);
    const { ratio, interval } = pairedRatio(pairs) ?? {};
    expect(ratio).toBeCloseTo(2.5, 12);
    expect(interval?.low).toBeCloseTo(2.5, 12);
    expect(interval?.high).toBeCloseTo(2.5, 12);
  });

  it.each([6, 10])('has an interval that holds the truth about 95 times out of 100, of %i pairs', (size) => {
    const random = randomNumbers(7);
    const benchmarks = Array.from({ length: 150 }, () => pairedRatio(noisyPairs(size, random), 400)?.interval);
    const right = benchmarks.filter((interval) => interval && interval.low <= 4 && 4 <= interval.high);
    expect(right.length / benchmarks.length).toBeGreaterThan(0.91);
    // Intervals that hold all and everything would tell nothing.
    const wide = benchmarks.filter((interval) => interval && interval.high / interval.low > 1.7);
    expect(wide.length / benchmarks.length).toBeLessThan(0.05);
  });

  it('is nothing of no pairs, and of what costs nothing', () => {
    expect(pairedRatio([])).toBeUndefined();
    expect(pairedRatio([[0, 0]])).toBeUndefined();
  });
});

/** The first is four times the second, but for noise of its own and some that both share. */
function noisyPairs(size: number, random: () => number): Pairs {
  const noise = (share: number) =>
    Math.exp(share * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  return Array.from({ length: size }, () => {
    const shared = noise(0.1);
    return [40 * shared * noise(0.05), 10 * shared * noise(0.08)] as const;
  });
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
