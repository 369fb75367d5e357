import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LockRequest } from '../../src/async/keyed-locks.ts';
import { KeyedLocks } from '../../src/async/keyed-locks.ts';
import { settle } from '../support/fake-clock.ts';

const exclusive = (name: string): LockRequest => ({ name, mode: 'exclusive' });
const shared = (name: string): LockRequest => ({ name, mode: 'shared' });
const never = new AbortController().signal;

/** A request and what has become of it. */
class Visitor {
  readonly requests: readonly LockRequest[];
  readonly abort = new AbortController();
  state: 'waits' | 'holds' | 'gone' = 'waits';
  release = () => {};

  constructor(locks: KeyedLocks, ...requests: readonly LockRequest[]) {
    this.requests = requests;
    locks.acquire(requests, this.abort.signal).then(
      (release) => {
        this.state = 'holds';
        this.release = () => {
          this.state = 'gone';
          release();
        };
      },
      () => {
        this.state = 'gone';
      },
    );
  }

  conflictsWith(other: Visitor): boolean {
    return this.requests.some((mine) =>
      other.requests.some(
        (theirs) => mine.name === theirs.name && (mine.mode === 'exclusive' || theirs.mode === 'exclusive'),
      ),
    );
  }
}

describe('A lock', () => {
  it('is held by one exclusively, and then by the next', async () => {
    const locks = new KeyedLocks();
    const [first, second] = [new Visitor(locks, exclusive('a')), new Visitor(locks, exclusive('a'))];
    await settle();
    expect([first.state, second.state]).toEqual(['holds', 'waits']);
    first.release();
    await settle();
    expect(second.state).toBe('holds');
  });

  it('is shared by readers, but not past a writer who waits', async () => {
    const locks = new KeyedLocks();
    const readers = [new Visitor(locks, shared('a')), new Visitor(locks, shared('a'))];
    const writer = new Visitor(locks, exclusive('a'));
    const late = new Visitor(locks, shared('a'));
    await settle();
    expect([...readers, writer, late].map(({ state }) => state)).toEqual(['holds', 'holds', 'waits', 'waits']);
    for (const reader of readers) reader.release();
    await settle();
    expect([writer.state, late.state]).toEqual(['holds', 'waits']);
    writer.release();
    await settle();
    expect(late.state).toBe('holds');
  });

  it('lets those behind a writer through when the writer gives up', async () => {
    const locks = new KeyedLocks();
    const reader = new Visitor(locks, shared('a'));
    const writer = new Visitor(locks, exclusive('a'));
    const late = new Visitor(locks, shared('a'));
    writer.abort.abort();
    await settle();
    expect([reader.state, writer.state, late.state]).toEqual(['holds', 'gone', 'holds']);
  });

  it('is not in the way of requests for another', async () => {
    const locks = new KeyedLocks();
    new Visitor(locks, exclusive('a'));
    const waiting = new Visitor(locks, exclusive('a'));
    const other = new Visitor(locks, exclusive('b'));
    await settle();
    expect([waiting.state, other.state]).toEqual(['waits', 'holds']);
  });

  it('asked for twice in one request counts once, exclusively if either is', async () => {
    const locks = new KeyedLocks();
    const both = new Visitor(locks, shared('a'), exclusive('a'), shared('a'));
    const reader = new Visitor(locks, shared('a'));
    await settle();
    expect([both.state, reader.state]).toEqual(['holds', 'waits']);
  });

  it('given back twice is given back once', async () => {
    const locks = new KeyedLocks();
    const release = await locks.acquire([exclusive('a')], never);
    const next = new Visitor(locks, exclusive('a'));
    const afterNext = new Visitor(locks, exclusive('a'));
    release();
    release();
    await settle();
    expect([next.state, afterNext.state]).toEqual(['holds', 'waits']);
  });
});

describe('A request', () => {
  it('for nothing is granted at once', async () => {
    const release = await new KeyedLocks().acquire([], never);
    expect(release()).toBeUndefined();
  });

  it('that is aborted before it is made, or while it waits, rejects with the reason of its signal', async () => {
    const locks = new KeyedLocks();
    const reason = new Error('no longer');
    await expect(locks.acquire([exclusive('a')], AbortSignal.abort(reason))).rejects.toBe(reason);
    const held = new Visitor(locks, exclusive('a'));
    const abort = new AbortController();
    const waiting = locks.acquire([exclusive('a')], abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await settle();
    expect(held.state).toBe('holds');
  });

  it('keeps its locks when its signal fires after it was granted', async () => {
    const locks = new KeyedLocks();
    const holder = new Visitor(locks, exclusive('a'));
    holder.abort.abort();
    const next = new Visitor(locks, exclusive('a'));
    await settle();
    expect([holder.state, next.state]).toEqual(['holds', 'waits']);
  });

  it('leaves no listener on its signal, whether it was granted or aborted', async () => {
    const locks = new KeyedLocks();
    const { signal } = new AbortController();
    const release = await locks.acquire([exclusive('a'), exclusive('b')], signal);
    const waiting = [1, 2, 3].map(() => locks.acquire([exclusive('a')], signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    const aborted = new Visitor(locks, exclusive('b'));
    aborted.abort.abort();
    release();
    for (const granted of waiting) (await granted)();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(getEventListeners(aborted.abort.signal, 'abort')).toEqual([]);
  });
});

describe('Locks, asked for, given back and given up at random', () => {
  const request = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    mode: fc.constantFrom<LockRequest['mode']>('shared', 'exclusive'),
  });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ ask: fc.array(request, { minLength: 1, maxLength: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ release: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
  );

  it('are held by exactly those with whom nobody earlier conflicts, and in the end by everyone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const locks = new KeyedLocks();
        const visitors: Visitor[] = [];
        const inState = (state: Visitor['state']) => visitors.filter((visitor) => visitor.state === state);
        const check = async () => {
          await settle();
          const present = visitors.filter(({ state }) => state !== 'gone');
          const granted = present.filter(
            (visitor, index) => !present.slice(0, index).some((earlier) => earlier.conflictsWith(visitor)),
          );
          expect(inState('holds')).toEqual(granted);
        };
        for (const what of steps) {
          if ('ask' in what) visitors.push(new Visitor(locks, ...what.ask));
          else if ('release' in what) pick(inState('holds'), what.release)?.release();
          else pick(inState('waits'), what.abort)?.abort.abort();
          await check();
        }
        while (inState('holds').length > 0) {
          inState('holds')[0]?.release();
          await check();
        }
        expect(inState('waits')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length];
}
