import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from '../../src/async/adaptive-limit.ts';

/** Runs as many attempts as the limit allows, of which all succeed. */
function fullWindow(limit: AdaptiveLimit): void {
  const running = limit.value;
  for (let attempt = 0; attempt < running; attempt++) limit.start();
  for (let attempt = 0; attempt < running; attempt++) limit.succeeded(running);
}

function valuesOf(limit: AdaptiveLimit, windows: number): readonly number[] {
  return Array.from({ length: windows }, () => {
    fullWindow(limit);
    return limit.value;
  });
}

describe('An adaptive limit', () => {
  it('doubles with each window of successes, and grows by one per window after the first refusal', () => {
    const limit = new AdaptiveLimit(8);
    expect(valuesOf(limit, 3)).toEqual([16, 32, 64]);
    expect(limit.refused(limit.start(), 64)).toBe(true);
    expect(limit.value).toBe(32);
    expect(valuesOf(limit, 3)).toEqual([33, 34, 35]);
  });

  it('stays where nobody comes up against it', () => {
    const limit = new AdaptiveLimit(8);
    for (let success = 0; success < 1000; success++) expect(limit.succeeded(7)).toBe(false);
    expect(limit.value).toBe(8);
  });

  it('is cut once by all the refusals of an episode, and again only by an attempt from after the cut', () => {
    const limit = new AdaptiveLimit(8);
    const before = Array.from({ length: 8 }, () => limit.start());
    expect(before.map((number, index) => limit.refused(number, 8 - index))).toEqual([true, ...Array(7).fill(false)]);
    expect(limit.value).toBe(4);
    expect(limit.refused(limit.start(), 4)).toBe(true);
    expect(limit.value).toBe(2);
  });

  it('is cut to half of what was in use, and never below one', () => {
    const limit = new AdaptiveLimit(64);
    limit.refused(limit.start(), 10);
    expect(limit.value).toBe(5);
    for (let cut = 0; cut < 5; cut++) limit.refused(limit.start(), 5);
    expect(limit.value).toBe(1);
  });

  it('grows slower where attempts fail for other reasons, not at all where every fifth does, and is never cut by it', () => {
    const limitAfter = (successesPerFailure: number) => {
      const limit = new AdaptiveLimit(8);
      for (let round = 0; round < 100; round++) {
        for (let success = 0; success < successesPerFailure; success++) limit.succeeded(limit.value);
        limit.failed();
      }
      return limit.value;
    };
    expect(limitAfter(4)).toBe(8);
    expect(limitAfter(0)).toBe(8);
    expect(limitAfter(20)).toBeGreaterThan(64);
  });

  it('takes an offer of more room until the first refusal, and never an offer of less', () => {
    const limit = new AdaptiveLimit(8);
    expect(limit.offer(8.9)).toBe(false);
    expect(limit.offer(50.5)).toBe(true);
    expect(limit.value).toBe(50);
    expect(limit.offer(20)).toBe(false);
    limit.refused(limit.start(), 50);
    expect(limit.offer(50)).toBe(false);
    expect(limit.value).toBe(25);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('does not begin with %d', (start) => {
    expect(() => new AdaptiveLimit(start)).toThrow(RangeError);
  });

  it('is always a whole number from 1 up, falls only by a refusal, and says when it grows', () => {
    const actions = ['start', 'succeed', 'fail', 'refuse', 'offer'] as const;
    const step = fc.record({ action: fc.constantFrom(...actions), n: fc.nat(200) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limit = new AdaptiveLimit(8);
        let started = 0;
        const act = {
          start: () => {
            started = limit.start();
          },
          succeed: (n: number) => limit.succeeded(n),
          fail: () => limit.failed(),
          refuse: (n: number) => limit.refused(n % (started + 1), Math.max(1, n)),
          offer: (n: number) => limit.offer(n),
        };
        for (const { action, n } of steps) {
          const before = limit.value;
          const grew = act[action](n) === true && action !== 'refuse';
          expect(limit.value > before).toBe(grew);
          if (action !== 'refuse') expect(limit.value).toBeGreaterThanOrEqual(before);
          expect(Number.isInteger(limit.value) && limit.value >= 1).toBe(true);
        }
      }),
    );
  });
});
