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
    { weight: 1, arbitrary: fc.record({ land: fc.nat(), fails: fc.boolean() }) },
  );

  it('give each caller exactly the one outcome that is its due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const shared = new SingleFlight<number>();
        const { flights, work } = heldWork<number>();
        const open = new Map<string, { readonly number: number; readonly callers: Set<number> }>();
        const callers: { abort: AbortController; key: string; outcomes: string[]; expected: string }[] = [];
        const land = async (key: string, fails: boolean) => {
          const flight = open.get(key);
          if (!flight) return;
          open.delete(key);
          for (const number of flight.callers) {
            const caller = callers[number];
            if (caller) caller.expected = fails ? `failed ${flight.number}` : `${caller.expected}${flight.number}`;
          }
          if (fails) flights[flight.number]?.reject(`failed ${flight.number}`);
          else flights[flight.number]?.resolve(flight.number);
          await settle();
        };
        for (const what of steps) {
          if ('join' in what) {
            const known = open.get(what.join);
            const flight = known ?? { number: flights.length, callers: new Set() };
            open.set(what.join, flight);
            const caller = {
              abort: new AbortController(),
              key: what.join,
              outcomes: [] as string[],
              expected: known ? 'shared ' : 'led ',
            };
            flight.callers.add(callers.push(caller) - 1);
            shared.run(what.join, work, caller.abort.signal).then(
              ({ value, led }) => caller.outcomes.push(`${led ? 'led' : 'shared'} ${value}`),
              (reason) => caller.outcomes.push(String(reason)),
            );
          } else if ('leave' in what) {
            const waiting = [...open.values()].flatMap((flight) => [...flight.callers]).sort((a, b) => a - b);
            const number = waiting[what.leave % waiting.length] ?? -1;
            const caller = callers[number];
            const flight = open.get(caller?.key ?? '');
            if (!caller || !flight) continue;
            caller.expected = `left ${number}`;
            flight.callers.delete(number);
            if (flight.callers.size === 0) open.delete(caller.key);
            caller.abort.abort(`left ${number}`);
            expect(flights[flight.number]?.signal.aborted).toBe(flight.callers.size === 0);
          } else {
            await land([...open.keys()][what.land % Math.max(1, open.size)] ?? '', what.fails);
          }
        }
        for (const key of [...open.keys()]) await land(key, false);
        await settle();
        expect(callers.map(({ outcomes }) => outcomes)).toEqual(callers.map(({ expected }) => [expected]));
        for (const { abort } of callers) expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      }),
    );
  });
});
