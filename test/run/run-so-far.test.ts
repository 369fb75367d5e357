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

async function* each(events: readonly RunEvent[]): AsyncGenerator<RunEvent, void, void> {
  yield* events;
}
