import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import type { FairPlace } from '../../src/async/fair-queue.ts';
import { Slots } from '../../src/tools/slots.ts';
import { settle } from '../support/fake-clock.ts';

/** Work by name in a number of slots: each begins when it has one and ends when it is told to. */
function slotted(capacity: number) {
  const slots = new Slots(capacity);
  const started: string[] = [];
  const leaves = new Map<string, () => void>();
  const begin = async (name: string, place: Omit<FairPlace, 'sinceMs'>, signal = new AbortController().signal) => {
    const leave = await slots.take({ ...place, sinceMs: 0 }, signal);
    leaves.set(name, leave);
    started.push(name);
  };
  const end = async (name: string) => {
    leaves.get(name)?.();
    await settle();
  };
  return { slots, started, begin, end };
}

it('A slot is had at once while one is free', () => {
  const { slots } = slotted(2);
  const signal = new AbortController().signal;
  const taken = ['a', 'b', 'c'].map((owner) => slots.take({ owner, sinceMs: 0 }, signal));
  expect(taken).toEqual([expect.any(Function), expect.any(Function), expect.any(Promise)]);
});

it('A call that has just ended no longer counts as its owner’s when the next is chosen', async () => {
  const { started, begin, end } = slotted(1);
  for (const name of ['a1', 'a2', 'a3']) void begin(name, { owner: 'a', expectedMs: 100 });
  for (const name of ['b1', 'b2']) void begin(name, { owner: 'b', expectedMs: 70 });
  await settle();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) await end(name);
  expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
});

it('Slots are spread over the owners', async () => {
  const { started, begin, end } = slotted(4);
  const gates = ['gate 1', 'gate 2', 'gate 3', 'gate 4'];
  for (const name of gates) void begin(name, { owner: name });
  for (const name of ['a1', 'a2', 'a3', 'a4']) void begin(name, { owner: 'a', expectedMs: 100 });
  for (const name of ['b1', 'b2', 'b3', 'b4']) void begin(name, { owner: 'b', expectedMs: 90 });
  await settle();
  for (const name of gates) await end(name);
  expect(started.slice(4)).toEqual(['a1', 'b1', 'a2', 'b2']);
});

it('Who gives up waiting takes no slot and leaves no listener', async () => {
  const { started, begin, end } = slotted(1);
  void begin('runs', { owner: 'a' });
  const abort = new AbortController();
  const calledOff = begin('called off', { owner: 'a', expectedMs: 100 }, abort.signal);
  const waits = begin('waits', { owner: 'b' }, abort.signal);
  abort.abort('enough');
  await expect(calledOff).rejects.toBe('enough');
  await expect(waits).rejects.toBe('enough');
  await expect(begin('too late', { owner: 'a' }, abort.signal)).rejects.toBe('enough');
  const kept = new AbortController();
  void begin('next', { owner: 'c' }, kept.signal);
  await end('runs');
  expect(started).toEqual(['runs', 'next']);
  expect(getEventListeners(kept.signal, 'abort')).toEqual([]);
});

it('Everyone who waits runs once, and never more at once than there are slots', async () => {
  const slots = new Slots(7);
  const runs: number[] = [];
  let running = 0;
  const run = async (index: number) => {
    const place = { owner: `${index % 13}`, sinceMs: 0, expectedMs: (index * 37) % 101, priority: index % 3 };
    const leave = await slots.take(place, new AbortController().signal);
    running += 1;
    expect(running).toBeLessThanOrEqual(7);
    await Promise.resolve();
    runs.push(index);
    running -= 1;
    leave();
  };
  await Promise.all(Array.from({ length: 500 }, (_, index) => run(index)));
  expect(runs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index));
});
