import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeTicks } from '../../../src/report/page/time-ticks.ts';

describe('timeTicks', () => {
  it.each([
    [0, 2490, 5, ['0.0 s', '0.5 s', '1.0 s', '1.5 s', '2.0 s']],
    [0, 9, 4, ['0 ms', '5 ms']],
    [61_000, 62_000, 2, ['1 min 01.0 s', '1 min 01.5 s', '1 min 02.0 s']],
    [0, 7_200_000, 4, ['0 s', '30 min', '1 h 00 min', '1 h 30 min', '2 h 00 min']],
  ])('labels the time from %d to %d ms as precisely as its marks lie apart', (from, to, most, labels) => {
    expect(timeTicks(from, to, most).map(({ label }) => label)).toEqual(labels);
  });

  it('never makes more than were asked for, nor two with one label', () => {
    const ms = fc.double({ min: 0, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(
        ms,
        fc.double({ min: 0.1, max: 1e8, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        (from, length, most) => {
          const ticks = timeTicks(from, from + length, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        },
      ),
    );
  });
});
