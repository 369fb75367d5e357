import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../src/async/single-flight.ts';
import { settle } from '../support/fake-clock.ts';

const never = new AbortController().signal;

/** Work that ends when the test says so. */
function heldWork<T = string>() {
  const flights: (PromiseWithResolvers<T> & { readonly signal: AbortSignal })[] = [];
  const work = (signal: AbortSignal) => {
    const flight = { ...Promise.withResolvers<T>(), signal };
    flights.push(flight);
    return flight.promise;
  };
  return { flights, work };
}

describe('Callers who want the same at the same time', () => {
  it('have it done once, and know who set it off', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    const callers = [1, 2, 3].map(() => shared.run('a', work, never));
    expect(flights).toHaveLength(1);
    flights[0]?.resolve('done');
    expect(await Promise.all(callers)).toEqual([
      { value: 'done', led: true },
      { value: 'done', led: false },
      { value: 'done', led: false },
    ]);
  });

  it('have it done for each key, and again once it is over', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    shared.run('a', work, never);
    shared.run('b', work, never);
    flights[0]?.resolve('first');
    await settle();
    const again = shared.run('a', work, never);
    expect(flights).toHaveLength(3);
    flights[2]?.resolve('second');
    expect(await again).toEqual({ value: 'second', led: true });
  });

  it('all fail with it, after which it is tried anew', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    const callers = [shared.run('a', work, never), shared.run('a', work, never)];
    const error = new Error('no luck');
    flights[0]?.reject(error);
    expect(await Promise.allSettled(callers)).toEqual([1, 2].map(() => ({ status: 'rejected', reason: error })));
    const again = shared.run('a', work, never);
    flights[1]?.resolve('luck');
    expect((await again).value).toBe('luck');
  });

  it('fail like that also when the work throws before it has begun', async () => {
    const work = () => {
      throw new Error('at once');
    };
    const shared = new SingleFlight<string>();
    await expect(shared.run('a', work, never)).rejects.toThrow('at once');
    await expect(shared.run('a', async () => 'now', never)).resolves.toEqual({ value: 'now', led: true });
  });
});

describe('A caller who goes away', () => {
  it('does not take the work from the others, even if it was the one who set it off', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    const abort = new AbortController();
    const leader = shared.run('a', work, abort.signal);
    const follower = shared.run('a', work, never);
    abort.abort('gone');
    await expect(leader).rejects.toBe('gone');
    expect(flights[0]?.signal.aborted).toBe(false);
    const late = shared.run('a', work, never);
    flights[0]?.resolve('done');
    expect(await Promise.all([follower, late])).toEqual([
      { value: 'done', led: false },
      { value: 'done', led: false },
    ]);
    expect(flights).toHaveLength(1);
  });

  it('as the last one ends the work, so that the next caller has it done anew', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    const aborts = [new AbortController(), new AbortController()];
    const callers = aborts.map(({ signal }) => shared.run('a', work, signal));
    aborts[0]?.abort('first');
    expect(flights[0]?.signal.aborted).toBe(false);
    aborts[1]?.abort('second');
    expect(flights[0]?.signal.reason).toBe('second');
    expect(await Promise.allSettled(callers)).toMatchObject([{ reason: 'first' }, { reason: 'second' }]);

    const next = shared.run('a', work, never);
    flights[0]?.reject(new Error('called off'));
    await settle();
    const joins = shared.run('a', work, never);
    flights[1]?.resolve('anew');
    expect(await Promise.all([next, joins])).toEqual([
      { value: 'anew', led: true },
      { value: 'anew', led: false },
    ]);
  });

  it('before it came sets nothing off', async () => {
    const { flights, work } = heldWork();
    await expect(new SingleFlight<string>().run('a', work, AbortSignal.abort('gone'))).rejects.toBe('gone');
    expect(flights).toEqual([]);
  });

  it('may go while the work begins', async () => {
    const shared = new SingleFlight<string>();
    const abort = new AbortController();
    const caller = shared.run(
      'a',
      async (signal) => {
        abort.abort('gone');
        return String(signal.aborted);
      },
      abort.signal,
    );
    await expect(caller).rejects.toBe('gone');
    await expect(shared.run('a', async () => 'next', never)).resolves.toEqual({ value: 'next', led: true });
  });

  it('leaves no listener on its signal, nor does one who stays', async () => {
    const shared = new SingleFlight<string>();
    const { flights, work } = heldWork();
    const { signal } = new AbortController();
    const abort = new AbortController();
    const callers = [signal, abort.signal, signal].map((own) => shared.run('a', work, own));
    abort.abort();
    flights[0]?.resolve('done');
    await Promise.allSettled(callers);
    expect([getEventListeners(signal, 'abort'), getEventListeners(abort.signal, 'abort')]).toEqual([[], []]);
  });
});

describe('Flights that callers join and leave at random', () => {
  const key = fc.constantFrom('a', 'b');
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ join: key }) },
    { weight: 2, arbitrary: fc.record({ leave: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ land: key, fails: fc.boolean() }) },
  );

  it('give each caller exactly the one outcome that is its due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const airport = new Airport();
        for (const what of [...steps, { land: 'a', fails: false }, { land: 'b', fails: true }]) {
          if ('join' in what) airport.join(what.join);
          else if ('leave' in what) airport.leave(what.leave);
          else airport.land(what.land, what.fails);
          await settle();
        }
        expect(airport.callers.map(({ outcomes }) => outcomes)).toEqual(airport.callers.map(({ due }) => [due]));
        const listeners = airport.callers.flatMap(({ abort }) => getEventListeners(abort.signal, 'abort'));
        expect(listeners).toEqual([]);
      }),
    );
  });
});

interface Caller {
  readonly abort: AbortController;
  readonly flight: number;
  readonly led: boolean;
  readonly outcomes: string[];
  /** What it has to be told, once that is certain. */
  due: string | undefined;
}

/** Keeps its own account of who is on which flight. */
class Airport {
  readonly callers: Caller[] = [];
  readonly #shared = new SingleFlight<number>();
  readonly #held = heldWork<number>();
  readonly #open = new Map<string, number>();

  join(key: string): void {
    const known = this.#open.get(key);
    const flight = known ?? this.#held.flights.length;
    this.#open.set(key, flight);
    const led = known === undefined;
    const caller: Caller = { abort: new AbortController(), flight, led, outcomes: [], due: undefined };
    this.callers.push(caller);
    this.#shared.run(key, this.#held.work, caller.abort.signal).then(
      (landing) => caller.outcomes.push(told(landing.value, landing.led)),
      (reason) => caller.outcomes.push(String(reason)),
    );
  }

  leave(number: number): void {
    const waiting = this.callers.filter(({ due }) => due === undefined);
    const caller = waiting[number % waiting.length];
    if (!caller) return;
    caller.due = 'left';
    caller.abort.abort('left');
    const isDeserted = !waiting.some(({ flight, due }) => flight === caller.flight && due === undefined);
    expect(this.#held.flights[caller.flight]?.signal.aborted).toBe(isDeserted);
    const key = [...this.#open].find(([, flight]) => flight === caller.flight)?.[0];
    if (isDeserted && key !== undefined) this.#open.delete(key);
  }

  land(key: string, fails: boolean): void {
    const flight = this.#open.get(key);
    if (flight === undefined) return;
    this.#open.delete(key);
    for (const caller of this.callers) {
      if (caller.flight === flight) caller.due ??= fails ? 'failed' : told(flight, caller.led);
    }
    if (fails) this.#held.flights[flight]?.reject('failed');
    else this.#held.flights[flight]?.resolve(flight);
  }
}

function told(flight: number, led: boolean): string {
  return `${led ? 'led' : 'shared'} flight ${flight}`;
}
