import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import type { ResultRow } from '../../src/report/result-row.ts';
import { ResultsFile } from '../../src/report/results-file.ts';
import { fakeConversations } from './support/fake-conversations.ts';
import { fakeRun } from './support/fake-run.ts';
import { hostileText } from './support/hostile-text.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { ToldRun } from './support/told-run.ts';

describe('the results file', () => {
  it('has a row for each conversation, with what came of it and where its time went', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const calls = [
      { name: 'a', ms: 1000.12345 },
      { name: 'b', ms: 500 },
    ];
    const retries = [{ afterMs: 10, waitMs: 2000, message: '429' }];
    const turns = [
      { modelMs: 50, calls, retries },
      { modelMs: 60, text: 'It rains.', handoffTo: 'weather' },
    ];
    const [first, second] = rowsAfter(
      path,
      fakeRun(
        [
          { id: 'p1', turns },
          { id: 'p2', turns },
        ],
        { concurrency: 1 },
      ),
    );
    expect(first).toEqual({
      id: 'p1',
      index: 0,
      status: 'done',
      answer: 'It rains.',
      agent: 'weather',
      model: 'sim/offline',
      turns: 2,
      toolCalls: 2,
      handoffs: 1,
      tokens: { input: 420, cached: 0, output: 96, reasoning: 0 },
      costUsd: null,
      times: { queuedMs: 0, modelMs: 120, toolMs: 1500.123, waitedMs: 2000, tookMs: 3120.123 },
      error: null,
      source: { file: 'prompts.txt', line: 1 },
    });
    expect(second?.times.queuedMs).toBe(3120.123);
  });

  it('has the cost, without the noise of its sum', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const [priced] = rowsAfter(path, fakeRun([{ id: 'p1', turns: [], costUsd: 0.1 + 0.2 }]));
    expect(priced?.costUsd).toBe(0.3);
  });

  it('carries the metadata and the problem', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const events = fakeRun([{ id: 'p1', turns: [], status: 'max_turns', problem: '25 turns are over.' }]);
    const metadata = { topic: 'weather' };
    const [row] = rowsAfter(
      path,
      events.map((event) => (event.kind === 'conversation_start' ? { ...event, metadata } : event)),
    );
    expect(row).toMatchObject({ status: 'max_turns', error: '25 turns are over.', metadata });
  });

  it('has each row in the file in the turn in which its conversation ended, readable by its owner alone', async () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const results = new ResultsFile(path);
    for (const event of fakeRun([{ id: 'p1', turns: [] }])) results.handle(event);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rowsIn(path).map(({ id }) => id)).toEqual(['p1']);
    results.finish();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has all rows in the file when its mode ends, before anything says that the run is over', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const results = new ResultsFile(path);
    const events = fakeRun(['p1', 'p2'].map((id) => ({ id, turns: [] })));
    for (const event of events.slice(0, events.findIndex(({ kind }) => kind === 'mode_end') + 1)) results.handle(event);
    expect(rowsIn(path).map(({ id }) => id)).toEqual(['p1', 'p2']);
    results.finish();
  });

  it('has no row in the file of what could not be kept', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const kept: boolean[] = [true, false];
    const results = new ResultsFile(path, { keep: () => kept.shift() ?? false });
    const events = fakeRun(['p1', 'p2'].map((id) => ({ id, turns: [] })));
    for (const event of events) {
      results.handle(event);
      if (event.kind === 'conversation_end') results.flush();
    }
    results.finish();
    expect(kept).toEqual([]);
    expect(rowsIn(path).map(({ id }) => id)).toEqual(['p1']);
  });

  it('counts the times of all attempts at a conversation', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const usage = NO_USAGE;
    const response = { ok: true, stop: 'done', text: '', calls: [], usage } as const;
    const run = new ToldRun().mode(0).start(0, 'p1', { queuedMs: 30 });
    run.ask(0, 'p1').answer(50, 'p1', { tookMs: 50, result: response }).call(50, 'p1', 'c1');
    run.result(250, 'p1', 'c1', { tookMs: 200 }).resume(300).start(310, 'p1', { resumed: true, queuedMs: 4 });
    run.ask(310, 'p1', { turn: 2 }).answer(350, 'p1', { turn: 2, tookMs: 40, result: response });
    run.end(350, 'p1', { tookMs: 290 });
    expect(rowsAfter(path, run.events)[0]?.times).toEqual({
      queuedMs: 30,
      modelMs: 90,
      toolMs: 200,
      waitedMs: 0,
      tookMs: 290,
    });
  });

  it('takes the conversations of the last mode only', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const turns = [{ modelMs: 50 }];
    const events = fakeRun(
      [
        { id: 'p1', turns },
        { id: 'p2', turns },
      ],
      { modes: ['sequential', 'parallel'] },
    );
    expect(rowsAfter(path, events).map(({ id, times }) => [id, times.queuedMs])).toEqual([
      ['p1', 0],
      ['p2', 0],
    ]);
  });

  it('has rows in the order in which conversations began if that is wanted, each as soon as it can', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const results = new ResultsFile(path, { isOrdered: true });
    const events = fakeRun([3, 1, 2, 9].map((modelMs, at) => ({ id: `p${at + 1}`, turns: [{ modelMs }] })));
    const seen: string[] = [];
    const withoutLast = (event: RunEvent) => event.kind !== 'conversation_end' || event.conversation !== 'p3';
    for (const event of events.filter(withoutLast)) {
      results.handle(event);
      results.flush();
      if (event.kind === 'conversation_end') seen.push(readFileSync(path, 'utf8').replaceAll(/"id":"(p\d)"|./gs, '$1'));
    }
    expect(seen).toEqual(['', 'p1p2', 'p1p2']);
    results.finish();
    expect(rowsIn(path).map(({ id }) => id)).toEqual(['p1', 'p2', 'p4']);
  });

  it('gives 10,000 rows back in prompt order however they came in', async () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const count = 10_000;
    const indexes = Array.from({ length: count }, (_, at) => (at * 7919) % count);
    const results = new ResultsFile(path);
    for (const event of endsOf(indexes)) results.handle(event);
    results.finish();
    expect(rowsIn(path).map(({ index }) => index)).toEqual(indexes);
    const inOrder: string[] = [];
    for await (const { index, answer } of results.rowsInOrder()) inOrder.push(`${index} ${answer}`);
    expect(inOrder).toEqual(Array.from({ length: count }, (_, at) => `${at} é${'x'.repeat(at % 50)}`));
  });

  it('gives back rows of any length, wherever they are', async () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const results = new ResultsFile(path);
    const lengths = [1, 600_000, 2, 300_000, 200_000, 3];
    const [runStart, modeStart, ...ends] = endsOf([5, 1, 3, 0, 4, 2]);
    for (const event of [runStart, modeStart, ...ends]) {
      if (event?.kind === 'conversation_end')
        results.handle({ ...event, answer: 'y'.repeat(lengths[event.index] ?? 0) });
      else if (event) results.handle(event);
    }
    results.finish();
    const read: number[] = [];
    for await (const { answer } of results.rowsInOrder()) read.push(answer.length);
    expect(read).toEqual(lengths);
  });

  it('gives back exactly what was said', async () => {
    await fc.assert(
      fc.asyncProperty(fakeConversations(hostileText), async (conversations) => {
        const path = join(temporaryDirectory(), 'results.jsonl');
        const results = new ResultsFile(path);
        for (const event of fakeRun(conversations)) results.handle(event);
        results.finish();
        const rows: ResultRow[] = [];
        for await (const row of results.rowsInOrder()) rows.push(row);
        expect(rows.map(({ id, answer, error }) => ({ id, answer, problem: error }))).toEqual(
          conversations.map(({ id, answer, problem }) => ({ id, answer, problem })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('says so if somebody else has changed it before its rows are read back', async () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const results = new ResultsFile(path);
    for (const event of fakeRun([{ id: 'p1', turns: [] }])) results.handle(event);
    results.finish();
    writeFileSync(path, '');
    const read = results.rowsInOrder()[Symbol.asyncIterator]().next();
    await expect(read).rejects.toMatchObject({ exitCode: 74, message: expect.stringContaining('by somebody else') });
  });

  it('refuses a file that exists and leaves it alone', () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    writeFileSync(path, 'earlier');
    expect(() => new ResultsFile(path)).toThrow(`Cannot write results to ${path}: the file exists.`);
    expect(readFileSync(path, 'utf8')).toBe('earlier');
  });

  it('says that a row could not be written', async () => {
    const path = join(temporaryDirectory(), 'results.jsonl');
    const problems: unknown[] = [];
    const results = new ResultsFile(path, { onFailure: (error) => problems.push(error) });
    results.finish();
    const problem = expect.objectContaining({
      exitCode: 74,
      message: expect.stringContaining(`Cannot write results to ${path}:`),
    });
    const events = fakeRun([{ id: 'p1', turns: [] }]).filter(({ kind }) => kind !== 'mode_end');
    for (const event of events) results.handle(event);
    expect(() => results.flush()).toThrow(problem);
    for (const event of events) results.handle(event);
    await new Promise((resolve) => setImmediate(resolve));
    expect(problems).toEqual([problem]);
  });
});

function rowsAfter(path: string, events: readonly RunEvent[]): ResultRow[] {
  const results = new ResultsFile(path);
  for (const event of events) results.handle(event);
  results.finish();
  return rowsIn(path);
}

function rowsIn(path: string): ResultRow[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

/** Ends of conversations in the order of these indexes. */
function endsOf(indexes: readonly number[]): RunEvent[] {
  const [runStart, modeStart, , end] = fakeRun([{ id: 'p', turns: [] }]);
  if (!runStart || !modeStart || end?.kind !== 'conversation_end') throw new Error('The run has another shape.');
  return [runStart, modeStart, ...indexes.map((index) => ({ ...end, index, answer: `é${'x'.repeat(index % 50)}` }))];
}
