import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/async/token-bucket.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('A token bucket', () => {
  it('is full at first, and fills as time goes by, but never beyond its capacity', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ capacity: 10, perMs: 0.5 }, clock);
    expect(bucket.level).toBe(10);
    bucket.take(8);
    expect(bucket.level).toBe(2);
    await clock.advance(4);
    expect(bucket.level).toBe(4);
    await clock.advance(1000);
    expect(bucket.level).toBe(10);
    bucket.put(5);
    expect(bucket.level).toBe(10);
  });

  it('says how long until an amount is there, also when it owes, and until it is full for more than it holds', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ capacity: 10, perMs: 0.5, level: 0 }, clock);
    expect(bucket.waitMs(3)).toBe(6);
    expect(bucket.waitMs(99)).toBe(20);
    bucket.take(5);
    expect(bucket.waitMs(3)).toBe(16);
    await clock.advance(16);
    expect(bucket.waitMs(3)).toBe(0);
  });

  it('gives out no more than it held and what flowed in, whoever waits for what', async () => {
    const takes = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(takes, async (amounts) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ capacity: 8, perMs: 0.25 }, clock);
        let taken = 0;
        for (const amount of amounts) {
          await clock.advance(bucket.waitMs(amount));
          expect(bucket.waitMs(amount)).toBe(0);
          bucket.take(amount);
          taken += amount;
          expect(taken).toBeLessThanOrEqual(8 + clock.now() * 0.25);
        }
      }),
      { numRuns: 30 },
    );
  });
});
