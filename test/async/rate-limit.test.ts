import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/async/rate-limit.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

const never = new AbortController().signal;

describe('A rate limit', () => {
  it('lets as many start at once as it allows, and each further one when the span since an earlier start is over', async () => {
    const clock = new FakeClock();
    const rate = new RateLimit({ calls: 2, perMs: 100 }, clock);
    const starts: string[] = [];
    const ask = (name: string) => start(rate, never).then(() => starts.push(`${name} ${clock.now()}`));
    ask('a');
    await clock.advance(30);
    ask('b');
    ask('c');
    ask('d');
    await clock.advance(69);
    expect(starts).toEqual(['a 0', 'b 30']);
    await clock.advance(1000);
    expect(starts).toEqual(['a 0', 'b 30', 'c 100', 'd 130']);
  });

  it('lets in on time also where a sum of times is rounded, and its difference would be otherwise', async () => {
    const clock = new FakeClock();
    const rate = new RateLimit({ calls: 1, perMs: 100 }, clock);
    await clock.advance(0.002);
    await start(rate, never);
    const second = start(rate, never).then(() => clock.now());
    await clock.advance(100);
    expect(clock.now() - 100).toBeLessThan(0.002);
    expect(await second).toBe(clock.now());
  });

  it('holds the place of whoever may start until that happens, so that no others start beside it', async () => {
    const clock = new FakeClock();
    const rate = new RateLimit({ calls: 2, perMs: 100 }, clock);
    const [first, second] = await Promise.all([rate.take(never), rate.take(never)]);
    const third = start(rate, never).then(() => clock.now());
    const fourth = start(rate, never).then(() => clock.now());
    await clock.advance(1000);
    first.start();
    second.start();
    first.giveBack();
    await clock.advance(1000);
    expect(await Promise.all([third, fourth])).toEqual([1100, 1100]);
  });

  it('gives the place of one who does not start to the next at once', async () => {
    const rate = new RateLimit({ calls: 1, perMs: 100 }, new FakeClock());
    const first = await rate.take(never);
    const next = start(rate, never);
    first.giveBack();
    first.start();
    await expect(next).resolves.toBeUndefined();
  });

  it('gives the place of one who goes away to the next', async () => {
    const clock = new FakeClock();
    const rate = new RateLimit({ calls: 1, perMs: 100 }, clock);
    const abort = new AbortController();
    await start(rate, never);
    const goes = start(rate, abort.signal);
    const stays = start(rate, never).then(() => clock.now());
    abort.abort(new Error('gone'));
    await expect(goes).rejects.toThrow('gone');
    await clock.advance(100);
    await expect(stays).resolves.toBe(100);
  });

  it('rejects at once who has gone before asking, and takes nothing for it', async () => {
    const rate = new RateLimit({ calls: 1, perMs: 100 }, new FakeClock());
    await expect(rate.take(AbortSignal.abort('gone'))).rejects.toBe('gone');
    await expect(start(rate, never)).resolves.toBeUndefined();
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const clock = new FakeClock();
    const rate = new RateLimit({ calls: 1, perMs: 100 }, clock);
    const { signal } = new AbortController();
    const abort = new AbortController();
    const served = [start(rate, signal), start(rate, signal)];
    const aborted = [rate.take(abort.signal), rate.take(abort.signal)];
    await settle();
    expect(clock.sleeping).toBe(1);
    abort.abort();
    await Promise.allSettled(aborted);
    await clock.advance(100);
    await Promise.all(served);
    expect([getEventListeners(signal, 'abort'), getEventListeners(abort.signal, 'abort')]).toEqual([[], []]);
    expect(clock.sleeping).toBe(0);
    const last = new AbortController();
    const waiting = rate.take(last.signal);
    last.abort('gone');
    await expect(waiting).rejects.toBe('gone');
    expect(clock.sleeping).toBe(0);
  });

  it.each([
    [0, 100],
    [1.5, 100],
    [Number.NaN, 100],
    [1, 0],
    [1, Number.POSITIVE_INFINITY],
  ])('of %d calls per %d ms is refused', (calls, perMs) => {
    expect(() => new RateLimit({ calls, perMs }, new FakeClock())).toThrow(RangeError);
  });

  it('starts everyone in order, as early as it may and never more in any span, whoever goes away', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('ask' as const) },
      { weight: 2, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
    );
    const limits = fc.record({ calls: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 1, max: 20 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const clock = new FakeClock();
        const rate = new RateLimit(limit, clock);
        const reference = new Reference(limit);
        const started: [number, number][] = [];
        const aborts: AbortController[] = [];
        const gone: number[] = [];
        for (const what of [...steps, { advance: 1000 }]) {
          if (what === 'ask') {
            const number = aborts.push(new AbortController()) - 1;
            start(rate, aborts[number]?.signal ?? never).then(
              () => started.push([number, clock.now()]),
              () => gone.push(number),
            );
            reference.ask(number);
            await settle();
          } else if ('abort' in what) {
            const number = reference.waiting.splice(what.abort % Math.max(1, reference.waiting.length), 1)[0];
            if (number !== undefined) aborts[number]?.abort();
            await settle();
          } else {
            await clock.advance(what.advance);
            reference.advance(what.advance);
          }
          expect(started).toEqual(reference.started);
        }
        expect(started.length + gone.length).toBe(aborts.length);
      }),
    );
  });
});

/** Takes leave to start and does so. */
async function start(rate: RateLimit, signal: AbortSignal): Promise<void> {
  (await rate.take(signal)).start();
}

/** The same, by counting again at every millisecond. */
class Reference {
  readonly waiting: number[] = [];
  readonly started: [number, number][] = [];
  readonly #limit: { readonly calls: number; readonly perMs: number };
  #now = 0;

  constructor(limit: { readonly calls: number; readonly perMs: number }) {
    this.#limit = limit;
  }

  ask(number: number): void {
    this.waiting.push(number);
    this.#start();
  }

  advance(ms: number): void {
    for (let passed = 0; passed < ms; passed++) {
      this.#now += 1;
      this.#start();
    }
  }

  #start(): void {
    const { calls, perMs } = this.#limit;
    while (this.waiting.length > 0 && this.started.filter(([, at]) => at > this.#now - perMs).length < calls) {
      const number = this.waiting.shift();
      if (number !== undefined) this.started.push([number, this.#now]);
    }
  }
}
