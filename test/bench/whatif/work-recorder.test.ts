import { expect, it } from 'vitest';
import { placeOf } from '../../../src/bench/whatif/recorded-work.ts';
import { ToldRun } from '../../report/support/told-run.ts';
import { recorded } from './support.ts';

it('takes what was before a run was gone on with for no work of ours', () => {
  const run = new ToldRun().mode(0, 1).start(0, 'p1').ask(2, 'p1').answer(990, 'p1', { tookMs: 988 }).end(990, 'p1');
  run.resume(1000, { concurrency: 3 });
  for (const id of ['p2', 'p3', 'p4']) run.start(1004, id).ask(1007, id);
  for (const id of ['p2', 'p3', 'p4']) run.answer(1100, id, { tookMs: 93 }).end(1100, id);
  const { turns } = recorded(run.modeEnd(1100).runEnd(1100).events);
  expect([...turns.values()].map(([first]) => first?.beforeMs)).toEqual([2, 7, 7, 7]);
});

it('knows how long a person took for each call, who was asked about one at a time', () => {
  const run = new ToldRun().mode(0);
  for (const id of ['p1', 'p2', 'p3']) run.start(0, id).ask(0, id).answer(10, id, { tookMs: 10 });
  run.call(110, 'p1', 'c1', { waits: { approval: 100 } }).result(120, 'p1', 'c1', { tookMs: 10 });
  run.call(160, 'p2', 'c2', { waits: { approval: 150 } });
  const outcome = { kind: 'failed', callId: 'c2', code: 'not_approved', message: 'no' } as const;
  run
    .result(160, 'p2', 'c2', { outcome })
    .call(260, 'p3', 'c3', { waits: { approval: 30 } })
    .result(260, 'p3', 'c3');
  const { calls } = recorded(run.end(300, 'p1').end(300, 'p2').end(300, 'p3').modeEnd(300).runEnd(300).events);
  const decisions = ['p1', 'p2', 'p3'].map((id) => calls.get(placeOf(id, id.replace('p', 'c')))?.[0]?.decision);
  expect(decisions).toEqual([
    { tookMs: 100, decision: 'yes' },
    { tookMs: 50, decision: 'no' },
    { tookMs: 30, decision: 'yes' },
  ]);
});
