import { describe, expect, it } from 'vitest';
import { countAt, openAtOnce, stepsOf } from '../../../src/report/page/step-curve.ts';

describe('openAtOnce', () => {
  it('counts what is open at each moment, an end and a start at the same time as one change', () => {
    const curve = openAtOnce([
      { startMs: 0, endMs: 10 },
      { startMs: 5, endMs: 10 },
      { startMs: 10, endMs: 12 },
    ]);
    expect(curve).toEqual({ timesMs: [0, 5, 10, 12], counts: [1, 2, 1, 0], most: 2 });
    expect([-1, 0, 7, 10, 99].map((atMs) => countAt(curve, atMs))).toEqual([undefined, 1, 2, 1, 0]);
  });
});

describe('stepsOf', () => {
  it('holds what was set until it is set again', () => {
    const curve = stepsOf([
      { atMs: 0, count: 8 },
      { atMs: 50, count: 4 },
    ]);
    expect([0, 49, 50].map((atMs) => countAt(curve, atMs))).toEqual([8, 8, 4]);
  });
});
