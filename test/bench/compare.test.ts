import { describe, expect, it } from 'vitest';
import { compare } from '../../src/bench/compare.ts';
import { findOutliers } from '../../src/bench/find-outliers.ts';
import { nameOf, settingsOf } from '../../src/bench/setting.ts';
import { takeTurns } from '../../src/bench/turns.ts';
import { samplesOf, steady } from './support/samples.ts';

const settings = settingsOf({ modes: ['sequential', 'parallel'], concurrency: [1, 4, 16], toolConcurrency: undefined });

describe('The settings of a benchmark', () => {
  it('are every combination once, and one at a time is one setting', () => {
    const asked = { modes: ['parallel', 'sequential'], concurrency: [8, 2, 8], toolConcurrency: [4, 16] } as const;
    expect(settingsOf(asked).map(nameOf)).toEqual([
      'parallel -j 8 --tool-concurrency 4',
      'parallel -j 8 --tool-concurrency 16',
      'parallel -j 2 --tool-concurrency 4',
      'parallel -j 2 --tool-concurrency 16',
      'sequential',
    ]);
  });
});

describe('The turns of a benchmark', () => {
  it('go forth and back, after those that warm up', () => {
    const turns = takeTurns(3, { runs: 3, warmup: 1 });
    expect(turns.map(({ round, setting }) => `${round}${'ABC'[setting]}`).join(' ')).toBe(
      '0C 1A 1B 1C 2C 2B 2A 3A 3B 3C',
    );
  });

  it('begin with the one that is recorded, which warms up as well', () => {
    const recorded = { round: 0, setting: 0, isRecorded: true };
    expect(takeTurns(2, { runs: 1, warmup: 0, isRecorded: true })[0]).toEqual(recorded);
    expect(takeTurns(2, { runs: 1, warmup: 2, isRecorded: true }).slice(0, 3)).toEqual([
      recorded,
      { round: 0, setting: 1 },
      { round: 1, setting: 0 },
    ]);
  });

  it('give every setting the same average place, so that what grows with time is no advantage', () => {
    const turns = takeTurns(5, { runs: 6, warmup: 0 });
    const places = [0, 1, 2, 3, 4].map((setting) => {
      const own = [...turns.keys()].filter((at) => turns[at]?.setting === setting);
      return own.reduce((sum, at) => sum + at, 0) / own.length;
    });
    expect(new Set(places).size).toBe(1);
  });
});

describe('Outliers', () => {
  it('are values far from the median of the others', () => {
    expect(findOutliers([100, 101, 99, 102, 100, 250])).toEqual([5]);
    expect(findOutliers([100, 140, 80, 120, 95, 130])).toEqual([]);
  });

  it('are far enough to matter, however much alike the others are', () => {
    expect(findOutliers([1000, 1000, 1000, 1000, 1001, 1090])).toEqual([]);
    expect(findOutliers([1000, 1000, 1000, 1000, 1000, 1110])).toEqual([5]);
  });
});

describe('A comparison', () => {
  it('is with one at a time, and recommends the least concurrency that is as fast as any', () => {
    const samples = samplesOf([steady(8000), steady(7900), steady(2000), steady(1990)]);
    const { reference, best, settings: measured } = compare(settings, samples);
    expect(nameOf(reference.setting)).toBe('sequential');
    expect(best && nameOf(best.setting)).toBe('parallel -j 4');
    expect(measured.map(({ faster }) => faster?.ratio)).toEqual([
      undefined,
      expect.closeTo(8000 / 7900),
      expect.closeTo(4),
      expect.closeTo(8000 / 1990),
    ]);
  });

  it('recommends more where more is surely faster', () => {
    const samples = samplesOf([steady(8000), steady(7900), steady(2000), steady(1500)]);
    const { best } = compare(settings, samples);
    expect(best && nameOf(best.setting)).toBe('parallel -j 16');
  });

  it('leaves out runs that did not do the whole work, and compares the rounds that are whole in both', () => {
    const samples = samplesOf([steady(8000), steady(8000), steady(2000), steady(2000)]).map((sample) => {
      return sample.round === 3 && sample.setting === 2 ? { ...sample, wallMs: 5, problem: '1 failed' } : sample;
    });
    const [reference, , partly] = compare(settings, samples).settings;
    expect(reference?.samples).toHaveLength(6);
    expect(partly?.samples.map(({ round }) => round)).toEqual([1, 2, 4, 5, 6]);
    expect(partly?.leftOut).toMatchObject([{ round: 3 }]);
    expect(partly?.faster).toEqual({ ratio: expect.closeTo(4), pairs: 5 });
    expect(partly?.outliers).toEqual([]);
  });

  it('counts no run that only warmed up', () => {
    const samples = [...samplesOf([steady(8000), steady(8000), steady(2000), steady(2000)])];
    const [first] = samples;
    if (first) samples.unshift({ ...first, round: 0, wallMs: 99_999 });
    expect(compare(settings, samples).reference.medianMs).toBeCloseTo(8000, -2);
  });

  it('is with the first where one at a time was not measured', () => {
    const parallel = settingsOf({ modes: ['parallel'], concurrency: [8, 2], toolConcurrency: undefined });
    const { reference, settings: measured } = compare(parallel, samplesOf([steady(1000), steady(4000)]));
    expect(nameOf(reference.setting)).toBe('parallel -j 8');
    expect(measured[1]?.faster?.ratio).toBeCloseTo(0.25);
  });

  it('compares costs by pairs too, and claims none where a price is not known', () => {
    const priced = samplesOf([steady(8000), steady(8000), steady(2000), steady(2000)]).map((sample) => {
      return sample.setting === 3 ? sample : { ...sample, costUsd: sample.setting === 2 ? 0.03 : 0.02 };
    });
    const [reference, , dearer, unpriced] = compare(settings, priced).settings;
    expect(reference?.medianCostUsd).toBe(0.02);
    expect(dearer?.costlier).toEqual({ ratio: 1.5, pairs: 6, interval: { low: 1.5, high: 1.5 } });
    expect(unpriced?.medianCostUsd).toBeUndefined();
    expect(unpriced?.costlier).toBeUndefined();
  });
});
