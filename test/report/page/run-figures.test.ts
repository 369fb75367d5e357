import { expect, it } from 'vitest';
import { modeFigures } from '../../../src/report/page/run-figures.ts';
import { spansOf } from '../support/spans-of.ts';
import { ToldRun } from '../support/told-run.ts';

it('does not take a call that goes on for time with the model, since it may still wait to be let through', () => {
  const run = new ToldRun()
    .mode(0)
    .start(0, 'p1')
    .start(0, 'p2')
    .ask(0, 'p1')
    .ask(0, 'p2')
    .answer(100, 'p1')
    .ask(900, 'p1');
  const [mode] = spansOf(run.events).modes;
  expect(mode && modeFigures(mode)).toMatchObject({ wallMs: 900, modelMs: 100, sequentialMs: 100, modelCalls: 3 });
});
