import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { foldJournal } from '../../src/run/run-so-far.ts';
import { fakeRun } from '../report/support/fake-run.ts';

it('adds up what all modes used, and knows no cost as soon as one response had no price', async () => {
  const turns = [
    { modelMs: 1, costUsd: 0.25 },
    { modelMs: 1, costUsd: 0.5 },
    { modelMs: 1, failure: 'gone' },
  ];
  const events = fakeRun([{ id: 'p1', turns }], { modes: ['sequential', 'parallel'] });
  expect(await foldJournal(each(events))).toMatchObject({ tokens: 4 * (210 + 48), costUsd: 1.5 });
  const unpriced = fakeRun([{ id: 'p1', turns: [...turns, { modelMs: 1 }] }]);
  expect(await foldJournal(each(unpriced))).toMatchObject({ tokens: 3 * (210 + 48), costUsd: undefined });
});

it('keeps what a delegated conversation did with the one that it worked for, and is no conversation of its own', async () => {
  const [start, mode, conversation] = fakeRun([{ id: 'p1', turns: [] }]);
  if (conversation?.kind !== 'conversation_start' || !start || !mode) throw new Error('the fake run began otherwise');
  const child = { ...conversation, conversation: 'p1/t1', parent: 'p1' };
  const soFar = await foldJournal(each([start, mode, conversation, child]));
  expect([...(soFar?.conversations ?? [])]).toMatchObject([['p1', { events: [conversation, child] }]]);
});

async function* each(events: readonly RunEvent[]): AsyncGenerator<RunEvent, void, void> {
  yield* events;
}
