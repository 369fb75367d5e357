import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { openProgress } from '../../src/report/progress.ts';
import { Tally } from '../../src/report/tally.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeRun } from './support/fake-run.ts';

const call = { name: 'get_weather', ms: 1000 };
const retries = [{ afterMs: 10, waitMs: 5000, message: '429' }];
const events = fakeRun([
  { id: 'p1', turns: [{ modelMs: 50, calls: [call, call, call] }] },
  { id: 'p2', turns: [{ modelMs: 50, retries }] },
  { id: 'p3', turns: [{ modelMs: 20, failure: '500' }], status: 'failed' },
]);

it('estimates how long the rest will take once as many conversations have ended as run at once', () => {
  const conversations = Array.from({ length: 8 }, (_, n) => ({ id: `p${n + 1}`, turns: [{ modelMs: 1000 }] }));
  const events = fakeRun(conversations, { concurrency: 2 });
  const shown = (ended: number) => {
    const tally = new Tally();
    let seen = 0;
    for (const event of events) {
      tally.count(event);
      if (event.kind === 'conversation_end' && ++seen === ended) break;
    }
    return tally.text(0);
  };
  expect(shown(1)).not.toContain('left');
  expect(shown(2)).toMatch(/about 0:03 left$/);
  expect(shown(6)).toMatch(/about 0:01 left$/);
  expect(shown(8)).not.toContain('left');
});

it('counts what is done, running, failed, in flight and retrying', () => {
  expect(tallyAt(500).text(500)).toBe('0 of 3 done, 1 failed, 2 running   3 tools, 1 model (1 retrying)   0:00');
  expect(tallyAt(2000).text(62_000)).toBe('1 of 3 done, 1 failed, 1 running   0 tools, 1 model (1 retrying)   1:02');
  expect(tallyAt(9000).text(9000)).toBe('2 of 3 done, 1 failed, 0 running   0 tools, 0 models   0:09');
});

it('counts each mode anew, and names it where there are two', () => {
  const two = fakeRun([{ id: 'p1', turns: [{ modelMs: 50 }] }], { modes: ['sequential', 'parallel'] });
  expect(tallyAt(60, two).text(0)).toBe('parallel: 0 of 1 done, 1 running   0 tools, 1 model   0:00');
});

it('keeps one line below whole log lines, and gives the terminal back at the end of the run', async () => {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  const progress = await openProgress(terminal as unknown as NodeJS.WriteStream, clock);
  for (const event of events.filter(({ atMs }) => atMs < 500)) progress.handle(event);
  await clock.advance(7000);
  terminal.write('a line of the log\n');
  const last = terminal.text.slice(terminal.text.indexOf('a line of the log'));
  expect(last).toContain('0 of 3 done, 1 failed, 2 running   3 tools, 1 model (1 retrying)   0:07');
  for (const event of events.filter(({ atMs }) => atMs >= 500)) progress.handle(event);
  expect(terminal.text.endsWith('\u001b[?25h')).toBe(true);
  const length = terminal.text.length;
  progress.stop();
  terminal.write('after\n');
  expect(terminal.text.slice(length)).toBe('after\n');
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
