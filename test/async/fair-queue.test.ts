import fc from 'fast-check';
import PQueue from 'p-queue';
import { describe, expect, it } from 'vitest';
import type { FairPlace, FairQueue } from '../../src/async/fair-queue.ts';
import { fairQueueClass } from '../../src/async/fair-queue.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

type Run = () => Promise<unknown>;

/** A queue by itself, whose entries are known by name. */
function namedQueue(clock = new FakeClock()) {
  const queueClass = fairQueueClass(clock);
  const queue = new queueClass();
  const names = new Map<Run, string>();
  const put = (name: string, place: FairPlace = {}) => {
    const run: Run = async () => name;
    names.set(run, name);
    queue.enqueue(run, { ...place, id: name });
  };
  const nameOf = (run: Run | undefined) => run && names.get(run);
  const next = () => nameOf(queue.dequeue());
  const rest = () => Array.from({ length: queue.size }, next);
  return { clock, queue, queueClass, put, next, rest, nameOf };
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

  it('lets an owner go later the more it runs, until that has ended', async () => {
    const { queueClass, put, next } = namedQueue();
    const held = Promise.withResolvers<void>();
    const running = queueClass.counted('busy', () => held.promise)();
    for (const name of ['busy 1', 'busy 2', 'busy 3']) put(name, { owner: 'busy', expectedMs: 100 });
    put('idle 1', { owner: 'idle', expectedMs: 60 });
    put('idle 2', { owner: 'idle', expectedMs: 60 });
    expect([next(), next(), next()]).toEqual(['idle 1', 'idle 2', 'busy 1']);
    put('idle 3', { owner: 'idle', expectedMs: 60 });
    held.resolve();
    await running;
    expect([next(), next(), next()]).toEqual(['busy 2', 'busy 3', 'idle 3']);
  });

  it('lets nobody starve while more and longer work keeps coming', async () => {
    const { clock, put, next } = namedQueue();
    put('nothing');
    let served = 0;
    do {
      served += 1;
      put(`new ${served}`, { owner: `owner ${served}`, expectedMs: 1000 });
      put(`newer ${served}`, { owner: 'one', expectedMs: 1000 });
      await clock.advance(10);
    } while (next() !== 'nothing' && served < 1000);
    // It came after the 200 of its first second, which is as long as anything new was expected to take.
    expect(served).toBe(201);
  });

  it('finds a waiting entry by its id: to take it out, or to give it another priority', () => {
    const { queue, put, rest } = namedQueue();
    for (const name of ['a', 'b', 'c', 'd']) put(name, { owner: 'one' });
    queue.remove('b');
    queue.remove('b');
    queue.remove('nobody');
    queue.setPriority('d', 1);
    expect(queue.size).toBe(3);
    expect(rest()).toEqual(['d', 'a', 'c']);
    expect(() => queue.setPriority('d', 2)).toThrow(ReferenceError);
    expect(queue.dequeue()).toBeUndefined();
  });

  it('lets an entry keep the wait that it had when its priority changes', async () => {
    const { clock, queue, put, rest } = namedQueue();
    put('early', { owner: 'one' });
    await clock.advance(1);
    put('late', { owner: 'one', priority: 1 });
    put('urgent', { owner: 'one', priority: 2 });
    queue.setPriority('early', 1);
    expect(rest()).toEqual(['urgent', 'early', 'late']);
  });

  it('refuses two waiting entries of one id, and what is no length of time', () => {
    const { queue, put } = namedQueue();
    put('a');
    expect(() => put('a')).toThrow('Cannot queue "a"');
    expect(() => put('b', { expectedMs: Number.NaN })).toThrow(RangeError);
    expect(() => put('c', { expectedMs: -1 })).toThrow(RangeError);
    expect(queue.size).toBe(1);
  });

  it('always gives what one finds by comparing all that wait', async () => {
    const place = fc.record(
      {
        priority: fc.integer({ min: -1, max: 1 }),
        owner: fc.constantFrom('a', 'b', 'c'),
        // Divisible by one more than any owner can run, so that no score is rounded.
        expectedMs: fc.integer({ min: 0, max: 10 }).map((some) => some * 2520),
      },
      { requiredKeys: [] },
    );
    const number = fc.nat();
    const step: fc.Arbitrary<(twins: Twins) => unknown> = fc.oneof(
      { weight: 4, arbitrary: place.map((where) => (twins: Twins) => twins.put(where)) },
      { weight: 3, arbitrary: fc.constant((twins: Twins) => twins.dequeue()) },
      { weight: 1, arbitrary: number.map((which) => (twins: Twins) => twins.remove(which)) },
      { weight: 1, arbitrary: number.map((which) => (twins: Twins) => twins.raise(which, (which % 4) - 1)) },
      { weight: 2, arbitrary: number.map((which) => (twins: Twins) => twins.end(which)) },
      { weight: 1, arbitrary: number.map((some) => (twins: Twins) => twins.clock.advance(some % 10_000)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const twins = new Twins();
        for (const take of steps) {
          await take(twins);
          twins.check();
        }
        while (twins.size > 0) twins.dequeue();
        twins.check();
      }),
      { numRuns: 300 },
    );
  });
});

interface Waiting extends FairPlace {
  readonly name: string;
  readonly arrivedAtMs: number;
}

const MOST_RUNNING = 8;

/** A fair queue beside a list that is searched in full for each next one. */
class Twins {
  readonly clock = new FakeClock();
  readonly #named = namedQueue(this.clock);
  readonly #running: { readonly owner: string; readonly end: () => Promise<void> }[] = [];
  #list: Waiting[] = [];
  #made = 0;

  get size(): number {
    return this.#list.length;
  }

  put(place: FairPlace): void {
    this.#made += 1;
    this.#named.put(`${this.#made}`, place);
    this.#list.push({ ...place, name: `${this.#made}`, arrivedAtMs: this.clock.now() });
  }

  dequeue(): void {
    const best = this.#list.toSorted(
      (a, b) => (b.priority ?? 0) - (a.priority ?? 0) || this.#score(b) - this.#score(a),
    )[0];
    this.#list = this.#list.filter((waiting) => waiting !== best);
    expect(this.#named.next()).toBe(best?.name);
    if (best?.owner !== undefined && this.#running.length < MOST_RUNNING) this.#start(best.owner);
  }

  remove(number: number): void {
    const chosen = this.#list[number % this.#list.length];
    this.#list = this.#list.filter((waiting) => waiting !== chosen);
    if (chosen) this.#named.queue.remove(chosen.name);
  }

  raise(number: number, priority: number): void {
    const chosen = this.#list[number % this.#list.length];
    this.#list = this.#list.map((waiting) => (waiting === chosen ? { ...waiting, priority } : waiting));
    if (chosen) this.#named.queue.setPriority(chosen.name, priority);
  }

  async end(number: number): Promise<void> {
    const [call] = this.#running.splice(number % Math.max(1, this.#running.length), 1);
    await call?.end();
  }

  check(): void {
    const { queue, nameOf } = this.#named;
    expect(queue.size).toBe(this.size);
    for (const priority of [-1, 0, 1, 2]) {
      const names = this.#list.filter((waiting) => (waiting.priority ?? 0) === priority).map(({ name }) => name);
      expect(queue.filter({ priority }).map(nameOf).sort()).toEqual(names.sort());
    }
  }

  #start(owner: string): void {
    const held = Promise.withResolvers<void>();
    const ended = this.#named.queueClass.counted(owner, () => held.promise)();
    const end = () => {
      held.resolve();
      return ended;
    };
    this.#running.push({ owner, end });
  }

  #score({ owner, expectedMs = 0, arrivedAtMs }: Waiting): number {
    const running = this.#running.filter((call) => call.owner === owner).length;
    return expectedMs / (1 + running) + this.clock.now() - arrivedAtMs;
  }
}

describe('A queue of promises that is fair', () => {
  function fairPromises(concurrency: number) {
    const clock = new FakeClock();
    const queueClass = fairQueueClass(clock);
    const promises = new PQueue({ queueClass, concurrency });
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const add = (name: string, place: FairPlace & { signal?: AbortSignal }) => {
      const held = Promise.withResolvers<void>();
      ends.set(name, held.resolve);
      const work = queueClass.counted(place.owner, () => {
        started.push(name);
        return held.promise;
      });
      return promises.add(work, place);
    };
    const end = async (name: string) => {
      ends.get(name)?.();
      await settle();
    };
    return { clock, promises, started, add, end };
  }

  it('no longer counts a call that has just ended when it chooses the next', async () => {
    const { started, add, end } = fairPromises(1);
    for (const name of ['a1', 'a2', 'a3']) void add(name, { owner: 'a', expectedMs: 100 });
    for (const name of ['b1', 'b2']) void add(name, { owner: 'b', expectedMs: 70 });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) await end(name);
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  });

  it('spreads its places over the owners', async () => {
    const { started, add, end } = fairPromises(4);
    void add('gate 1', {});
    void add('gate 2', {});
    void add('gate 3', {});
    void add('gate 4', {});
    for (const name of ['a1', 'a2', 'a3', 'a4']) void add(name, { owner: 'a', expectedMs: 100 });
    for (const name of ['b1', 'b2', 'b3', 'b4']) void add(name, { owner: 'b', expectedMs: 90 });
    for (const name of ['gate 1', 'gate 2', 'gate 3', 'gate 4']) await end(name);
    expect(started.slice(4)).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('keeps its count when work fails, is called off while it waits, or all that waits is cleared', async () => {
    const { promises, started, add, end } = fairPromises(1);
    const failing = promises.add(() => Promise.reject(new Error('no')), { priority: 1 });
    await expect(failing).rejects.toThrow('no');
    void add('runs', { owner: 'a' });
    const abort = new AbortController();
    const calledOff = add('called off', { owner: 'a', signal: abort.signal });
    abort.abort('enough');
    await expect(calledOff).rejects.toBe('enough');
    const cleared = add('cleared', { owner: 'a', expectedMs: 100 });
    promises.clear();
    await expect(cleared).rejects.toThrow('cleared');
    void add('a', { owner: 'a', expectedMs: 100 });
    void add('b', { owner: 'b', expectedMs: 60 });
    await end('runs');
    await end('a');
    await end('b');
    expect(started).toEqual(['runs', 'a', 'b']);
    expect([promises.size, promises.pending]).toEqual([0, 0]);
  });

  it('counts work that throws before it has begun as ended', async () => {
    const clock = new FakeClock();
    const queueClass = fairQueueClass(clock);
    const throws = queueClass.counted('a', () => {
      throw new Error('at once');
    });
    await expect(throws()).rejects.toThrow('at once');
    const queue: FairQueue = new queueClass();
    const a: Run = async () => 'a';
    const b: Run = async () => 'b';
    queue.enqueue(a, { owner: 'a', expectedMs: 100 });
    queue.enqueue(b, { owner: 'b', expectedMs: 90 });
    expect([queue.dequeue(), queue.dequeue()]).toEqual([a, b]);
  });

  it('runs everything that is ever added exactly once', async () => {
    const clock = new FakeClock();
    const queueClass = fairQueueClass(clock);
    const promises = new PQueue({ queueClass, concurrency: 7 });
    const runs: number[] = [];
    const all = Array.from({ length: 500 }, (_, index) => {
      const place = { owner: `${index % 13}`, expectedMs: (index * 37) % 101, priority: index % 3 };
      return promises.add(
        queueClass.counted(place.owner, async () => runs.push(index)),
        place,
      );
    });
    await Promise.all(all);
    expect(runs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });
});
