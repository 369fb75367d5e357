import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Taken } from '../../src/async/window-budget.ts';
import { WindowBudget } from '../../src/async/window-budget.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('A window budget', () => {
  it('has left what was not taken within the span, and gets each part back when its span is over', async () => {
    const clock = new FakeClock();
    const budget = new WindowBudget({ amount: 10, perMs: 100 }, clock);
    budget.take(6);
    await clock.advance(30);
    budget.take(4);
    expect(budget.waitMs(1)).toBe(70);
    expect(budget.waitMs(7)).toBe(100);
    await clock.advance(70);
    expect(budget.waitMs(6)).toBe(0);
    expect(budget.waitMs(7)).toBe(30);
  });

  it('lets an amount larger than the whole go when nothing else is in use', async () => {
    const clock = new FakeClock();
    const budget = new WindowBudget({ amount: 10, perMs: 100 }, clock);
    expect(budget.waitMs(99)).toBe(0);
    budget.take(99);
    expect(budget.waitMs(99)).toBe(100);
    await clock.advance(100);
    expect(budget.waitMs(99)).toBe(0);
  });

  it('is corrected by what was really used, up and down, until that is over', async () => {
    const clock = new FakeClock();
    const budget = new WindowBudget({ amount: 10, perMs: 100 }, clock);
    const first = budget.take(8);
    budget.correct(first, 2);
    expect(budget.waitMs(8)).toBe(0);
    budget.correct(first, 15);
    expect(budget.waitMs(1)).toBe(100);
    await clock.advance(100);
    expect(budget.waitMs(10)).toBe(0);
    budget.correct(first, 25);
    budget.take(1);
    expect(budget.waitMs(9)).toBe(0);
  });

  it.each([
    [0, 100],
    [Number.POSITIVE_INFINITY, 100],
    [Number.NaN, 100],
    [1, 0],
  ])('of %d per %d ms is refused', (amount, perMs) => {
    expect(() => new WindowBudget({ amount, perMs }, new FakeClock())).toThrow(RangeError);
  });

  it('never lets more be in use within any span, and never makes anybody wait for longer than needed', async () => {
    const takes = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 10 }), pauseMs: fc.nat(60) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(takes, async (wanted) => {
        const clock = new FakeClock();
        const budget = new WindowBudget({ amount: 10, perMs: 100 }, clock);
        const taken: Taken[] = [];
        const usedAt = (atMs: number) =>
          taken
            .filter((part) => part.atMs > atMs - 100 && part.atMs <= atMs)
            .reduce((sum, { amount }) => sum + amount, 0);
        for (const { amount, pauseMs } of wanted) {
          await clock.advance(pauseMs);
          const waitMs = budget.waitMs(amount);
          if (waitMs > 0) expect(usedAt(clock.now() + waitMs - 0.5) + amount).toBeGreaterThan(10);
          await clock.advance(waitMs);
          taken.push(budget.take(amount));
          expect(usedAt(clock.now())).toBeLessThanOrEqual(10);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps only what is in use, however much was taken', async () => {
    const clock = new FakeClock();
    const budget = new WindowBudget({ amount: 5000, perMs: 100 }, clock);
    for (let round = 0; round < 5; round++) {
      for (let take = 0; take < 5000; take++) budget.take(1);
      expect(budget.waitMs(1)).toBe(100);
      await clock.advance(100);
      expect(budget.waitMs(5000)).toBe(0);
    }
  });
});
