import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FairPlace } from '../../src/async/fair-queue.ts';
import { FairQueue } from '../../src/async/fair-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A queue of names, each its own owner and waiting from now on unless its place says otherwise. */
function namedQueue(clock = new FakeClock()) {
  const queue = new FairQueue<string>();
  const put = (name: string, place: Partial<FairPlace> = {}) =>
    queue.join(name, { owner: name, sinceMs: clock.now(), ...place });
  const rest = () => {
    const names: string[] = [];
    for (let name = queue.next(); name !== undefined; name = queue.next()) names.push(name);
    return names;
  };
  return { clock, queue, put, rest };
}

describe('A fair queue', () => {
  it('lets a higher priority go first, whatever else', async () => {
    const { clock, put, rest } = namedQueue();
    put('long waiting', { expectedMs: 1e6 });
    await clock.advance(1e6);
    put('higher', { priority: 1 });
    put('highest', { priority: Number.POSITIVE_INFINITY });
    put('lower', { priority: -1, expectedMs: 1e9 });
    expect(rest()).toEqual(['highest', 'higher', 'long waiting', 'lower']);
  });

  it('lets the longest remaining path go first, and equals in order of arrival', () => {
    const { put, rest } = namedQueue();
    put('short', { expectedMs: 10, owner: 'a' });
    put('first', { expectedMs: 50, owner: 'b' });
    put('long', { expectedMs: 100, owner: 'c' });
    put('second', { expectedMs: 50, owner: 'd' });
    put('third', { expectedMs: 50, owner: 'b' });
    expect(rest()).toEqual(['long', 'first', 'second', 'third', 'short']);
  });

  it('lets an owner go later the more it runs, until that has ended', () => {
    const { queue, put, rest } = namedQueue();
    queue.count('busy', 1);
    for (const name of ['busy 1', 'busy 2', 'busy 3']) put(name, { owner: 'busy', expectedMs: 100 });
    put('idle 1', { owner: 'idle', expectedMs: 60 });
    put('idle 2', { owner: 'idle', expectedMs: 60 });
    expect([queue.next(), queue.next(), queue.next()]).toEqual(['idle 1', 'idle 2', 'busy 1']);
    put('idle 3', { owner: 'idle', expectedMs: 60 });
    queue.count('busy', -1);
    expect(rest()).toEqual(['busy 2', 'busy 3', 'idle 3']);
  });

  it('counts the wait from before it was joined, where that began elsewhere', () => {
    const { put, rest } = namedQueue();
    put('early', { owner: 'one', sinceMs: 10, expectedMs: 50 });
    put('late', { owner: 'one', sinceMs: 20, expectedMs: 50 });
    put('other', { sinceMs: 6, expectedMs: 50 });
    put('first', { owner: 'one', sinceMs: 5, expectedMs: 50 });
    put('long', { owner: 'one', sinceMs: 30, expectedMs: 72 });
    expect(rest()).toEqual(['first', 'other', 'long', 'early', 'late']);
  });

  it('lets nobody starve while more and longer work keeps coming', async () => {
    const { clock, queue, put } = namedQueue();
    put('nothing');
    let served = 0;
    do {
      served += 1;
      put(`new ${served}`, { owner: `owner ${served}`, expectedMs: 1000 });
      put(`newer ${served}`, { owner: 'one', expectedMs: 1000 });
      await clock.advance(10);
    } while (queue.next() !== 'nothing' && served < 1000);
    // It came after the 200 of its first second, which is as long as anything new was expected to take.
    expect(served).toBe(201);
  });

  it('can be left, once, by who waits in it', () => {
    const { queue, put, rest } = namedQueue();
    const [, leave, , leaveLast] = ['a', 'b', 'c', 'd'].map((name) => put(name, { owner: 'one' }));
    leave?.();
    leave?.();
    expect(rest()).toEqual(['a', 'c', 'd']);
    put('e', { owner: 'one' });
    leaveLast?.();
    expect(rest()).toEqual(['e']);
    expect(queue.next()).toBeUndefined();
  });

  it('refuses what is no length of time', () => {
    const { put, rest } = namedQueue();
    expect(() => put('a', { expectedMs: Number.NaN })).toThrow(RangeError);
    expect(() => put('b', { expectedMs: -1 })).toThrow(RangeError);
    expect(rest()).toEqual([]);
  });

  it('always gives what one finds by comparing all that wait', async () => {
    const place = fc.record(
      {
        priority: fc.integer({ min: -1, max: 1 }),
        owner: fc.constantFrom('a', 'b', 'c'),
        // Divisible by one more than any owner can run, so that no score is rounded.
        expectedMs: fc.integer({ min: 0, max: 10 }).map((some) => some * 2520),
        waitedMs: fc.nat({ max: 3 }).map((some) => some * 1000),
      },
      { requiredKeys: ['owner'] },
    );
    const number = fc.nat();
    const step: fc.Arbitrary<(twins: Twins) => unknown> = fc.oneof(
      { weight: 4, arbitrary: place.map((where) => (twins: Twins) => twins.put(where)) },
      { weight: 3, arbitrary: fc.constant((twins: Twins) => twins.next()) },
      { weight: 1, arbitrary: number.map((which) => (twins: Twins) => twins.remove(which)) },
      { weight: 2, arbitrary: number.map((which) => (twins: Twins) => twins.end(which)) },
      { weight: 1, arbitrary: number.map((some) => (twins: Twins) => twins.clock.advance(some % 10_000)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const twins = new Twins();
        for (const take of steps) {
          await take(twins);
        }
        while (twins.size > 0) twins.next();
        twins.next();
      }),
      { numRuns: 300 },
    );
  });
});

type AnyPlace = Omit<FairPlace, 'sinceMs'> & { readonly waitedMs?: number };

interface Waiting extends FairPlace {
  readonly name: string;
  readonly leave: () => void;
}

const MOST_RUNNING = 8;

/** A fair queue beside a list that is searched in full for each next one. */
class Twins {
  readonly clock = new FakeClock();
  readonly #named = namedQueue(this.clock);
  readonly #running: string[] = [];
  #list: Waiting[] = [];
  #made = 0;

  get size(): number {
    return this.#list.length;
  }

  put({ waitedMs = 0, ...where }: AnyPlace): void {
    this.#made += 1;
    const name = `${this.#made}`;
    const place = { ...where, sinceMs: this.clock.now() - waitedMs };
    this.#list.push({ ...place, name, leave: this.#named.put(name, place) });
  }

  next(): void {
    const best = this.#list.toSorted(
      (a, b) => (b.priority ?? 0) - (a.priority ?? 0) || this.#score(b) - this.#score(a),
    )[0];
    this.#list = this.#list.filter((waiting) => waiting !== best);
    expect(this.#named.queue.next()).toBe(best?.name);
    if (!best || this.#running.length >= MOST_RUNNING) return;
    this.#running.push(best.owner);
    this.#named.queue.count(best.owner, 1);
  }

  remove(number: number): void {
    const chosen = this.#list[number % this.#list.length];
    this.#list = this.#list.filter((waiting) => waiting !== chosen);
    chosen?.leave();
  }

  end(number: number): void {
    const [owner] = this.#running.splice(number % Math.max(1, this.#running.length), 1);
    if (owner !== undefined) this.#named.queue.count(owner, -1);
  }

  #score({ owner, expectedMs = 0, sinceMs }: Waiting): number {
    const running = this.#running.filter((other) => other === owner).length;
    return expectedMs / (1 + running) + this.clock.now() - sinceMs;
  }
}
