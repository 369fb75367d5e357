import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { explainRun } from '../../../src/report/explain/explain-run.ts';
import { shortForm } from '../../../src/report/explain/short-form.ts';
import type { ShortExplanation } from '../../../src/report/explain/split-recorder.ts';
import { SplitRecorder } from '../../../src/report/explain/split-recorder.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';
import { TIME_STATES } from '../../../src/report/spans/time-states.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import type { FakeConversation } from '../support/fake-run.ts';
import { fakeRun } from '../support/fake-run.ts';
import { ToldRun } from '../support/told-run.ts';

it('comes to the same sums while a run goes on as explaining its journal does', () => {
  fc.assert(
    fc.property(anyToldRun({ isWhole: true }), ({ events }) => {
      const spans = new SpanRecorder();
      for (const event of events) spans.handle(event);
      const known = spans.spans();
      const [mode] = known ? explainRun(known).modes : [];
      const short = shortOf(events);
      if (!mode || !short) return;
      for (const state of TIME_STATES) {
        const limit = state === 'rate' ? mode.split.limit : 0;
        if (state !== 'limit') expect(short.split[state], state).toBeCloseTo(mode.split[state] + limit, 4);
      }
    }),
    { numRuns: 120 },
  );
});

it('asks for more tool calls at once only where there were as many as may be', () => {
  const turns = [{ modelMs: 100, calls: [{ name: 'compute', ms: 300, queuedMs: 5000 }] }];
  const advised = (toolConcurrency: number) =>
    linesOf(fakeRun([{ id: 'held', turns }, ...alike(1, 200)], { toolConcurrency })).at(-1);
  expect(advised(1)).toContain('try --tool-concurrency 2');
  expect(advised(2)).toContain('more --threads');
});

it('asks for more tool calls at once in a turn where they waited for others of theirs', () => {
  const run = new ToldRun({ conversations: 2 }).mode(0, 2);
  for (const id of ['p1', 'p2']) {
    run.start(0, id).call(0, id, 'a').result(50, id, 'a');
    run.call(50, id, 'b', { waits: { turn: 50 } }).result(100, id, 'b');
  }
  const { events } = run.end(100, 'p1').end(100, 'p2').modeEnd(100);
  expect(linesOf(events).at(-1)).toBe(
    '  try a higher --turn-concurrency: calls waited for others of their turn in 50 % of the time',
  );
});

it('says where the time went, the ceiling and what to try', () => {
  const events = fakeRun(alike(40, 1000), { concurrency: 4 });
  expect(linesOf(events)).toEqual([
    "  tools 90 %, model 10 % of the conversations' time; 4.0 of 4 slots in use on average",
    '  at best 1.11 s, estimated: the longest conversation with nothing in its way',
    '  try -j 32: about 2.22 s, estimated, if the model and the tools keep up',
  ]);
});

it('advises no more conversations at once where they would only wait for the provider', () => {
  const retries = [{ afterMs: 10, waitMs: 500, message: '429' }];
  const conversations = alike(40, 100).map((one) => ({ ...one, turns: [{ modelMs: 10, retries }, ...one.turns] }));
  const lines = linesOf(fakeRun(conversations, { concurrency: 4 }));
  expect(lines.at(0)).toMatch(/^ {2}rate limits 68 %, model 18 %, tools 14 % of/);
  expect(lines.slice(2)).toEqual([
    "  the model's rate limits took 68 % of the time: more conversations at once would only wait longer",
  ]);
});

it('says of one conversation, and of one at a time, only where the time went', () => {
  const [one] = alike(1, 100);
  const expected = ["  model 52 %, tools 48 % of the conversations' time"];
  expect(linesOf(fakeRun(one ? [one] : []))).toEqual(expected);
  expect(linesOf(fakeRun(alike(5, 100), { modes: ['sequential'] }))).toEqual(expected);
});

it('is of the last mode, and nothing before a conversation has ended', () => {
  const short = shortOf(fakeRun(alike(3, 100), { modes: ['sequential', 'parallel'], concurrency: 3 }));
  expect(short).toMatchObject({ mode: 'parallel', wallMs: 210, conversations: 3, concurrency: 3 });
  expect(shortOf(new ToldRun().mode(0).start(0, 'p1').events)).toBeUndefined();
});

it('estimates for many conversations from the sum of their times', () => {
  const short = shortOf(fakeRun(alike(1200, 1000), { concurrency: 10 }));
  expect(short?.wallMs).toBeCloseTo(120 * 1110, 0);
  const [advice] = short?.advice ?? [];
  // The sum says 1,200 / 80 times as long as one; and further than that nobody can see.
  expect(advice).toEqual({ kind: 'concurrency', setting: 80, aboutMs: expect.closeTo(15 * 1110) });
});

it('goes on with a resumed run: what was open in the process before ends with it', () => {
  const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').answer(100, 'p1').call(100, 'p1', 'c1');
  run.resume(150, { concurrency: 8, toolConcurrency: 9 }).start(300, 'p1', { resumed: true });
  const short = shortOf(run.ask(300, 'p1').answer(400, 'p1').end(400, 'p1').events);
  expect(short).toMatchObject({ concurrency: 8, split: { model: 200, tools: 50, overhead: 0 }, ceilingMs: 250 });
});

it('takes attempts at a conversation for one, without what passed between them, also of one that is stopped for good', () => {
  const run = new ToldRun({ conversations: 2 }).mode(0, 2);
  run.start(0, 'p1').ask(0, 'p1').answer(100, 'p1').end(100, 'p1', { status: 'cancelled' });
  run.start(0, 'p2').ask(0, 'p2').answer(150, 'p2').end(150, 'p2', { status: 'limit' });
  run.resume(500).start(510, 'p1', { resumed: true }).ask(510, 'p1').answer(590, 'p1').end(590, 'p1');
  const short = shortOf(run.modeEnd(590).events);
  expect(short).toMatchObject({ conversations: 2, split: { model: 330, overhead: 0 }, ceilingMs: 180 });
});

it('holds what one request waited for against no other', () => {
  const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').askAgain(10, 'p1', { waitMs: 500 }).resume(20);
  const short = shortOf(run.start(20, 'p1', { resumed: true }).ask(20, 'p1').answer(100, 'p1').end(100, 'p1').events);
  expect(short?.split).toMatchObject({ model: 90, retry: 10, overhead: 0 });
});

/** Conversations that all take 110 ms and `ms` for their tool. */
function alike(count: number, ms: number): FakeConversation[] {
  const turns = [{ modelMs: 60, calls: [{ name: 'look_up', ms }] }, { modelMs: 50 }];
  return Array.from({ length: count }, (_, index) => ({ id: `p${index + 1}`, turns }));
}

function shortOf(events: readonly RunEvent[]): ShortExplanation | undefined {
  const recorder = new SplitRecorder();
  for (const event of events) recorder.handle(event);
  return recorder.explanation();
}

function linesOf(events: readonly RunEvent[]): readonly string[] {
  const short = shortOf(events);
  return short ? shortForm(short) : [];
}
