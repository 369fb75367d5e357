import { readFile } from 'node:fs/promises';
import { setImmediate as nextMacrotask } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/async/virtual-clock.ts';

test('time leaps to what is waited for next, each waiter being woken at its own moment', async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name} ${clock.now()}`);
  };
  await Promise.all([sleep('long', 3_600_000), sleep('short', 1.5), sleep('also short', 1.5), sleep('none', 0)]);
  expect(woken).toEqual(['none 0', 'short 1.5', 'also short 1.5', 'long 3600000']);
});

test('the date goes on with the time', async () => {
  const clock = new VirtualClock();
  const before = clock.date().getTime();
  await clock.sleep(86_400_000);
  expect(clock.date().getTime() - before).toBe(86_400_000);
});

test('nothing passes while promises, callbacks of the loop or files can go on', async () => {
  const clock = new VirtualClock();
  let end: number | undefined;
  clock.after(1, () => {
    end = performance.now();
  });
  const seen: number[] = [];
  for (let round = 0; round < 20; round++) {
    await Promise.resolve();
    await nextMacrotask();
    await readFile(import.meta.filename);
    await import(`data:text/javascript,export default ${round}`);
    seen.push(clock.now());
  }
  expect(end).toBe(undefined);
  expect(new Set(seen)).toEqual(new Set([0]));
  await clock.sleep(5);
  expect(clock.now()).toBe(5);
});

test('what is called off never happens, and keeps nothing waiting', async () => {
  const clock = new VirtualClock();
  const cancel = clock.after(10, () => expect.unreachable());
  const controller = new AbortController();
  const asleep = clock.sleep(20, controller.signal);
  controller.abort(new Error('enough'));
  await expect(asleep).rejects.toThrow('enough');
  await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
  cancel();
  cancel();
  await clock.sleep(30);
  expect(clock.now()).toBe(30);
});

test('a wait that is lost in the sum with the time still ends later than it began', async () => {
  const clock = new VirtualClock();
  await clock.sleep(1e9 + 0.1);
  const before = clock.now();
  await clock.sleep(1e-9);
  expect(clock.now()).toBeGreaterThan(before);
});

test('several clocks go by themselves', async () => {
  const clocks = [new VirtualClock(), new VirtualClock()];
  await Promise.all(clocks.map((clock, index) => clock.sleep(1000 * (index + 1))));
  expect(clocks.map((clock) => clock.now())).toEqual([1000, 2000]);
});
