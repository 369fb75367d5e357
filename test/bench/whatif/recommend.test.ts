import { expect, it } from 'vitest';
import { recommend } from '../../../src/bench/whatif/recommend.ts';
import { ToldRun } from '../../report/support/told-run.ts';
import { recorded } from './support.ts';

const predictions = (walls: Readonly<Record<number, number>>) =>
  Object.entries(walls).map(([concurrency, wallMs]) => ({
    concurrency: Number(concurrency),
    toolConcurrency: 16,
    wallMs,
    done: 1,
    strays: 0,
  }));

it('recommends the fewest that are as fast as any, and finds where twice as many gain less than a tenth', () => {
  const { best, knee } = recommend(predictions({ 1: 100, 2: 50, 4: 26, 8: 25, 16: 24.5, 32: 24.5 }));
  expect(best.concurrency).toBe(8);
  expect(knee?.concurrency).toBe(4);
  expect(recommend(predictions({ 1: 100, 2: 50, 4: 25 })).knee).toBe(undefined);
  // Steps between doublings gain little each, and much together.
  expect(recommend(predictions({ 8: 100, 10: 95, 12: 90, 14: 85, 16: 80, 32: 80 })).knee?.concurrency).toBe(14);
  // Where doublings were left out, each is taken to gain the same.
  expect(recommend(predictions({ 2: 100, 16: 40 })).knee).toBe(undefined);
  expect(recommend(predictions({ 2: 100, 16: 80 })).knee?.concurrency).toBe(2);
});

it('knows of a run that is not whole', () => {
  const begun = () => new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').answer(10, 'p1').end(11, 'p1');
  expect(recorded(begun().events).flaw).toBe('it has not come to its end');
  expect(recorded(begun().modeEnd(12).runEnd(12, { stopped: 'SIGINT' }).events).flaw).toBe('it was stopped by SIGINT');
  expect(recorded(begun().modeEnd(12).runEnd(12).events).flaw).toBe(undefined);
});
