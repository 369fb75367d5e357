import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForecast } from '../../src/cli/open-forecast.ts';
import type { FakeTurn } from '../report/support/fake-run.ts';
import { fakeRun } from '../report/support/fake-run.ts';
import { workspace } from '../support/run-agentpar.ts';

it('knows earlier runs if it is to learn from them, whatever else is in their journals', async () => {
  using at = workspace();
  const { path: runs } = at;
  keep(runs, '1', `${journal(3000)}no event\n{"kind":"tool_end"}\n{"kind":"tool_e`);
  keep(runs, '2', journal(1000));
  mkdirSync(join(runs, '3'));
  const beginning = fakeRun([{ id: 'p1', turns: [] }]).slice(0, 2);
  const learned = await openForecast({ learn: true }, runs);
  expect(learned.toolMs).toEqual(new Map([['look_up', 2000]]));
  for (const event of beginning) learned.handle(event);
  expect(learned.leftMs(1)).toBe(2600);
  const unlearned = await openForecast({}, runs);
  for (const event of beginning) unlearned.handle(event);
  expect(unlearned.leftMs(1)).toBeUndefined();
});

it('knows nothing where nothing was run', async () => {
  expect((await openForecast({ learn: true }, join(import.meta.dirname, 'nowhere'))).toolMs.size).toBe(0);
});

function keep(runs: string, run: string, journalText: string): void {
  mkdirSync(join(runs, run));
  writeFileSync(join(runs, run, 'journal.jsonl'), journalText);
}

function journal(toolMs: number): string {
  const turns: FakeTurn[] = [{ modelMs: 400, calls: [{ name: 'look_up', ms: toolMs }] }, { modelMs: 200 }];
  return fakeRun([{ id: 'p1', turns }])
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}
