import { expect, it } from 'vitest';
import type { RecordedWork } from '../../../src/bench/whatif/recorded-work.ts';
import { ReplayPlayer } from '../../../src/bench/whatif/replay-player.ts';
import { WorkRecorder } from '../../../src/bench/whatif/work-recorder.ts';
import { ToldRun } from '../../report/support/told-run.ts';

it('knows our own work between requests that were let through together, however long it took', () => {
  const run = new ToldRun({ conversations: 3 }).mode(0);
  for (const id of ['p1', 'p2', 'p3']) run.start(0, id).ask(0, id).wait(0, id);
  // All three were let through after 100 ms, and sent when it was their turn.
  for (const [id, sentMs] of [
    ['p1', 100.5],
    ['p2', 101],
    ['p3', 130],
  ] as const)
    run.sent(sentMs, id, 100);
  for (const id of ['p1', 'p2', 'p3']) run.answer(200, id).end(200, id);
  expect(apartOf(workOf(run.modeEnd(200).runEnd(200)))).toEqual([undefined, 0.5, 29]);
});

it('takes requests that were let through one by one, or had not waited, for no such work', () => {
  const run = new ToldRun({ conversations: 3 }).mode(0);
  for (const id of ['p1', 'p2', 'p3']) run.start(0, id).ask(0, id);
  run.wait(0, 'p1').wait(0, 'p2').waited(100, 'p1').waited(103, 'p2');
  for (const id of ['p1', 'p2', 'p3']) run.answer(200, id).end(200, id);
  expect(apartOf(workOf(run.modeEnd(200).runEnd(200)))).toEqual([undefined, undefined, undefined]);
});

it('sends what may be sent at the same time one after the other, and nothing later that comes later', () => {
  const player = new ReplayPlayer(workOf(new ToldRun().mode(0).modeEnd(1).runEnd(1)));
  expect([0, 5, 2].map((apartMs) => player.sentInMs(apartMs, 100))).toEqual([0, 5, 7]);
  expect(player.sentInMs(5, 200)).toBe(0);
});

function workOf(run: ToldRun): RecordedWork {
  const recorder = new WorkRecorder();
  for (const event of run.events) recorder.handle(event);
  const work = recorder.work();
  if (!work) throw new Error('there is no mode');
  return work;
}

function apartOf({ turns }: RecordedWork): readonly (number | undefined)[] {
  return [...turns.values()].map(([turn]) => turn?.attempts[0]?.apartMs);
}
