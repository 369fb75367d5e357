import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { openProgress } from '../../src/report/progress.ts';
import { Tally } from '../../src/report/tally.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeRun } from './support/fake-run.ts';
import { ToldRun } from './support/told-run.ts';

const call = { name: 'get_weather', ms: 1000 };
const retries = [{ afterMs: 10, waitMs: 5000, message: '429' }];
const events = fakeRun([
  { id: 'p1', turns: [{ modelMs: 50, calls: [call, call, call] }] },
  { id: 'p2', turns: [{ modelMs: 50, retries }] },
  { id: 'p3', turns: [{ modelMs: 20, failure: '500' }], status: 'failed' },
]);

it('counts what is done, running, failed, in flight and retrying', () => {
  expect(tallyAt(500).text(500)).toBe('0 of 3 done, 1 failed, 2 running   0:00   3 tools, 1 model (1 retrying)');
  expect(tallyAt(2000).text(62_000)).toBe('1 of 3 done, 1 failed, 1 running   1:02   0 tools, 1 model (1 retrying)');
  expect(tallyAt(9000).text(9000)).toBe('2 of 3 done, 1 failed, 0 running   0:09   0 tools, 0 models');
});

it('counts model calls that wait', () => {
  const run = new ToldRun({ conversations: 2 }).mode(0).start(0, 'p1').start(0, 'p2').ask(0, 'p1').ask(0, 'p2');
  run.wait(1, 'p2');
  expect(tallyAt(2, run.events).text(2)).toContain('2 models (1 waiting)');
  run.waited(3, 'p2');
  expect(tallyAt(4, run.events).text(4)).toMatch(/2 models$/);
});

it('counts each mode anew, and names it where there are two', () => {
  const two = fakeRun([{ id: 'p1', turns: [{ modelMs: 50 }] }], { modes: ['sequential', 'parallel'] });
  expect(tallyAt(60, two).text(0)).toBe('parallel: 0 of 1 done, 1 running   0:00   0 tools, 1 model');
});

it('keeps one line below whole log lines, and gives the terminal back at the end of the run', async () => {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  const progress = await openProgress(terminal as unknown as NodeJS.WriteStream, clock);
  for (const event of events.filter(({ atMs }) => atMs < 500)) progress.handle(event);
  await clock.advance(7000);
  terminal.write('a line of the log\n');
  const last = terminal.text.slice(terminal.text.indexOf('a line of the log'));
  expect(last).toContain('0 of 3 done, 1 failed, 2 running   0:07   3 tools, 1 model (1 retrying)');
  for (const event of events.filter(({ atMs }) => atMs >= 500)) progress.handle(event);
  expect(terminal.text.endsWith('\u001b[?25h')).toBe(true);
  const length = terminal.text.length;
  progress.stop();
  terminal.write('after\n');
  expect(terminal.text.slice(length)).toBe('after\n');
});

it('counts on from what was done when a run is gone on with, and nothing as under way', () => {
  const tally = tallyAt(2000);
  const resumed = { version: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z', finished: 2 };
  tally.count({ seq: 1000, atMs: 2000, kind: 'run_resume', ...resumed });
  expect(tally.text(0)).toBe('1 of 3 done, 1 failed, 0 running   0:00   0 tools, 0 models');
});

it('says how long the rest will take, as an estimate, by the time of the run rather than that of the process', async () => {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  const turns = [{ modelMs: 10_000 }];
  const six = fakeRun(
    Array.from({ length: 6 }, (_, n) => ({ id: `p${n}`, turns })),
    { concurrency: 1 },
  );
  const progress = await openProgress(terminal as unknown as NodeJS.WriteStream, clock);
  const shown = () => {
    const before = terminal.text.length;
    terminal.write('a line of the log\n');
    return terminal.text.slice(before);
  };
  for (const event of six.filter(({ atMs }) => atMs < 10_000)) progress.handle(event);
  expect(shown()).not.toContain('left');
  for (const event of six.filter(({ atMs }) => atMs >= 10_000 && atMs < 20_000)) progress.handle(event);
  await clock.advance(4000);
  expect(shown()).toContain('1 of 6 done, 1 running   0:04, about 0:46 left   0 tools, 1 model');
  progress.stop();
});

function tallyAt(atMs: number, of: readonly RunEvent[] = events): Tally {
  const tally = new Tally();
  for (const event of of) if (event.atMs <= atMs) tally.count(event);
  return tally;
}

/** A terminal that remembers what was written to it. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly columns = 100;
  readonly rows = 30;
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  cursorTo(): boolean {
    return this.write('\r');
  }

  moveCursor(): boolean {
    return this.write('<move>');
  }

  clearLine(): boolean {
    return this.write('<clear>');
  }
}
