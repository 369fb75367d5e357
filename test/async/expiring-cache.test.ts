import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiringCache } from '../../src/async/expiring-cache.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('A cached value', () => {
  it('is there until its time is over', async () => {
    const clock = new FakeClock();
    const cache = new ExpiringCache<string>(clock, 10);
    cache.set('a', 'short', 100);
    cache.set('b', 'for ever', Number.POSITIVE_INFINITY);
    cache.set('c', 'never', 0);
    await clock.advance(99);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['short', 'for ever', undefined]);
    await clock.advance(1);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'for ever']);
  });

  it('makes room for a new one when it was not used for the longest', () => {
    const cache = new ExpiringCache<number>(new FakeClock(), 2);
    cache.set('a', 1, 100);
    cache.set('b', 2, 100);
    cache.get('a');
    cache.set('c', 3, 100);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('is replaced, with its time, without displacing another', async () => {
    const clock = new FakeClock();
    const cache = new ExpiringCache<number>(clock, 2);
    cache.set('a', 1, 10);
    cache.set('b', 2, 100);
    cache.set('a', 3, 100);
    await clock.advance(50);
    expect([cache.get('b'), cache.get('a')]).toEqual([2, 3]);
  });

  it('is as good as new when it is replaced', () => {
    const cache = new ExpiringCache<number>(new FakeClock(), 2);
    cache.set('a', 1, 100);
    cache.set('b', 2, 100);
    cache.set('a', 3, 100);
    cache.set('c', 4, 100);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([3, undefined, 4]);
  });

  it.each([0, 1.5, Number.NaN])('has no place among %d', (maxEntries) => {
    expect(() => new ExpiringCache(new FakeClock(), maxEntries)).toThrow(RangeError);
  });

  it('is the one that a list kept in order of use would have', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ set: key, ttlMs: fc.constantFrom(0, 10, 50, 500) }),
      fc.record({ get: key }),
      fc.record({ advance: fc.integer({ min: 1, max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (most, steps) => {
        const clock = new FakeClock();
        const cache = new ExpiringCache<number>(clock, most);
        let list: { readonly key: string; readonly value: number; readonly untilMs: number }[] = [];
        for (const [value, what] of steps.entries()) {
          if ('advance' in what) {
            await clock.advance(what.advance);
          } else if ('set' in what) {
            cache.set(what.set, value, what.ttlMs);
            const entry = { key: what.set, value, untilMs: clock.now() + what.ttlMs };
            list = [...list.filter(({ key }) => key !== what.set), entry].slice(-most);
          } else {
            const found = list.find(({ key }) => key === what.get);
            const fresh = found && found.untilMs > clock.now() ? [found] : [];
            list = [...list.filter((entry) => entry !== found), ...fresh];
            expect(cache.get(what.get)).toBe(fresh[0]?.value);
          }
        }
      }),
    );
  });
});
