import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { ShortExplanation } from '../../src/report/explain/split-recorder.ts';
import { SplitRecorder } from '../../src/report/explain/split-recorder.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { createTheme } from '../../src/report/theme.ts';
import { TimingRecorder } from '../../src/report/timing.ts';
import type { FakeConversation, FakeRunOptions } from './support/fake-run.ts';
import { fakeRun } from './support/fake-run.ts';

const weather = { name: 'get_weather', ms: 1000 };
const five = ['p1', 'p2', 'p3', 'p4', 'p5'].map((id) => ({
  id,
  turns: [{ modelMs: 50, calls: [weather] }, { modelMs: 260 }],
}));

describe('the summary', () => {
  it('sets the estimate beside the measured time, and queue time apart', () => {
    expect(summary(five)).toBe(
      [
        '5 conversations: 5 done',
        'log: out/journal.jsonl',
        '',
        'Timing',
        '  sequential   6.55 s   estimated: 10 model and 5 tool calls, one after another',
        '  parallel     2.62 s   2.5 times faster; at most 4 calls at once',
        '  floor        1.31 s   the longest single conversation',
        '  queued       1.31 s   1 conversation waited for a slot; not in the estimate',
        '  tokens       2,100 in / 480 out',
        '  cost         no price for sim/offline',
        '',
      ].join('\n'),
    );
  });

  it('says in short where the time went, under the timing', () => {
    const events = fakeRun(five);
    const split = new SplitRecorder();
    for (const event of events) split.handle(event);
    expect(summaryOf(events, false, split.explanation())).toContain(
      [
        '  cost         no price for sim/offline',
        '',
        'Where the time went   more: agentpar explain',
        "  tools 76 %, model 24 % of the conversations' time; 2.5 of 4 slots in use on average",
        '  at best 1.31 s, estimated: the longest conversation with nothing in its way',
        '  try -j 5: about 1.31 s, estimated, if the model and the tools keep up',
        '',
      ].join('\n'),
    );
  });

  it('calls both times measured when both were, and says how far off the estimate was', () => {
    const text = summary(five, { modes: ['sequential', 'parallel'] });
    expect(text).toContain('  sequential   6.55 s   measured: 10 model and 5 tool calls, one after another\n');
    expect(text).toContain('  parallel     2.62 s   measured; 2.5 times faster; at most 4 calls at once\n');
    expect(text).toContain('  estimate     6.55 s   equal to the measured sequential time\n');
    expect(text).toContain('  tokens       sequential 2,100 in / 480 out, parallel 2,100 in / 480 out\n');
    expect(text).not.toContain('estimated');
  });

  it.each([
    [6600, '0.8 % below the measured sequential time'],
    [6500, '0.8 % above the measured sequential time'],
    [3275, '100 % above the measured sequential time'],
  ])('gives the error of the estimate against %d ms', (sequentialMs, words) => {
    const events = fakeRun(five, { modes: ['sequential', 'parallel'] }).map((event): RunEvent => {
      return event.kind === 'mode_end' && event.mode === 'sequential' ? { ...event, tookMs: sequentialMs } : event;
    });
    expect(summaryOf(events)).toContain(`  estimate     6.55 s   ${words}\n`);
  });

  it.each([
    ['real', 'Timing   replayed from c.jsonl, with its delays\n', 'measured'],
    ['virtual', 'Timing   virtual: replayed from c.jsonl; its delays passed at once, and', 'virtual'],
  ] as const)('calls the times of a replay %s', (time, heading, how) => {
    const events = fakeRun(five, { modes: ['sequential', 'parallel'] }).map((event): RunEvent => {
      return event.kind === 'run_start' ? { ...event, replay: { cassette: 'c.jsonl', time } } : event;
    });
    const text = summaryOf(events);
    expect(text).toContain(heading);
    expect(text).toContain(`  sequential   6.55 s   ${how}: 10 model and 5 tool calls, one after another\n`);
    expect(text).toContain(`  parallel     2.62 s   ${how}; 2.5 times faster; at most 4 calls at once\n`);
    expect(text).toContain(`  estimate     6.55 s   equal to the ${how} sequential time\n`);
  });

  it('calls a slower run slower', () => {
    expect(summaryOf(withWall(five, 13_100))).toContain('  parallel     13.10 s   2.0 times slower; at most');
  });

  it('compares with nothing where no call has ended', () => {
    const begun = fakeRun(five).filter(({ kind }) => !/^(model|tool|conversation)_end$/.test(kind));
    expect(summaryOf(begun)).toContain('s   nothing to compare it with; at most');
  });

  it('claims nothing of a run that is as fast', () => {
    expect(summaryOf(withWall(five, 6450))).toContain('  parallel     6.45 s   about as fast; at most');
  });

  it('gives no decimals to a large factor', () => {
    expect(summaryOf(withWall(five, 300))).toContain('  parallel     0.30 s   22 times faster;');
  });

  it('does not compare two modes that did different work, and says so', () => {
    let seen = 0;
    const events = fakeRun(five, { modes: ['sequential', 'parallel'] }).filter(({ kind }) => {
      return kind !== 'tool_start' || ++seen > 2;
    });
    const text = summaryOf(events);
    expect(text).not.toContain('faster');
    expect(text).not.toContain('estimate  ');
    expect(text).toContain('  parallel     2.62 s   measured; not the same work; at most');
    expect(text).toContain(
      'The two were not the same work, so their times are not compared ' +
        '(sequential: 10 model and 3 tool calls, 5 of 5 done; parallel: 10 model and 5 tool calls, 5 of 5 done).',
    );
  });

  it('does not compare two modes that came to different ends', () => {
    let ends = 0;
    const events = fakeRun(five, { modes: ['sequential', 'parallel'] }).map((event): RunEvent => {
      return event.kind === 'conversation_end' && ++ends === 7 ? { ...event, status: 'timeout' } : event;
    });
    const text = summaryOf(events);
    expect(text).not.toContain('faster');
    expect(text).toContain('5 of 5 done; parallel: 10 model and 5 tool calls, 4 of 5 done).');
  });

  it('counts conversations by how they ended, and says that failed ones were not the whole work', () => {
    const statuses = ['done', 'done', 'failed', 'max_turns', 'done'] as const;
    const text = summary(five.map((one, at) => ({ ...one, status: statuses[at] ?? 'done' })));
    expect(text).toContain('5 conversations: 3 done, 1 failed, 1 max_turns\n');
    expect(text).toContain('2 of 5 conversations did not succeed, so the times are of less than the whole work.\n');
  });

  it('says what a stopped run did not start', () => {
    const text = summary(five, { stopped: 'SIGINT', notStarted: 40 });
    expect(text).toContain('45 conversations: 5 done, 40 not started\n');
    expect(text).toContain(
      'Stopped by SIGINT: 40 conversations not started. The times are of the part that was run.\n',
    );
  });

  it('ends a reason that is a sentence once', () => {
    const text = summary(five, { stopped: 'Cannot ask openai/x: no quota. Check its plan.', notStarted: 1 });
    expect(text).toContain('Stopped by Cannot ask openai/x: no quota. Check its plan: 1 conversation not started. The');
  });

  it('has no timing for a run that did nothing', () => {
    expect(summary([], { stopped: 'SIGTERM', notStarted: 3 })).toBe(
      [
        '3 conversations: 3 not started',
        'log: out/journal.jsonl',
        '',
        'Stopped by SIGTERM: 3 conversations not started. The times are of the part that was run.',
        '',
      ].join('\n'),
    );
  });

  it('gives waits before retries their own line', () => {
    const retries = [{ afterMs: 100, waitMs: 2000, message: '429' }];
    const text = summary([{ id: 'p1', turns: [{ modelMs: 300, retries }] }]);
    expect(text).toContain('  sequential   0.40 s   estimated: 1 model and 0 tool calls, one after another\n');
    expect(text).toContain('  waited       2.00 s   before retries; 1 attempt failed; not in the estimate\n');
  });

  const [luna, flash] = ['openai/gpt-5.6-luna', 'gemini/gemini-3.8-flash'];

  it('gives the cost at list price', () => {
    const turns = [{ modelMs: 50, model: luna, costUsd: 0.0123 }];
    const text = summary([
      { id: 'p1', turns },
      { id: 'p2', turns },
    ]);
    expect(text).toContain('  tokens       420 in / 96 out\n  cost         $0.0246   at list price\n');
  });

  it('tells several models apart, and which of them have no price', () => {
    const text = summary([
      { id: 'p1', turns: [{ modelMs: 50, model: luna, costUsd: 1.5 }, { modelMs: 50 }] },
      { id: 'p2', turns: [{ modelMs: 50, model: flash, costUsd: 0.00004 }] },
    ]);
    expect(text).toContain(
      [
        '  tokens       630 in / 144 out',
        '               openai/gpt-5.6-luna 210 in / 48 out',
        '               gemini/gemini-3.8-flash 210 in / 48 out',
        '               sim/offline 210 in / 48 out',
        '  cost            $1.50   at list price; no price for sim/offline',
        '                  $1.50   openai/gpt-5.6-luna',
        '               <$0.0001   gemini/gemini-3.8-flash',
        '',
      ].join('\n'),
    );
  });

  it('tells what requests that broke off may have used, and how many they were, apart from what was counted', () => {
    const estimate = { inputTokens: 1000, outputTokens: 50, costUsd: 0.002 };
    const broken = { afterMs: 1, waitMs: 1, message: '' };
    const told = (retries: number) => {
      const turns = [{ modelMs: 50, model: luna, costUsd: 0.5, retries: Array(retries).fill(broken) }];
      const events = fakeRun([{ id: 'p1', turns }]);
      return summaryOf(events.map((event) => (event.kind === 'model_retry' ? { ...event, estimate } : event)));
    };
    expect(told(1)).toContain(
      [
        '  tokens       210 in / 48 out',
        '               about 1,000 in / 50 out more ($0.002): estimated for a request that broke off or was not counted',
        '  cost          $0.50   at list price',
      ].join('\n'),
    );
    expect(told(2)).toContain('estimated for 2 requests that broke off or were not counted');
  });

  it('counts what both modes cost', () => {
    const turns = [{ modelMs: 50, model: luna, costUsd: 0.5 }];
    expect(summary([{ id: 'p1', turns }], { modes: ['sequential', 'parallel'] })).toContain('$1.00   at list price\n');
  });

  it('adds up several waits for a slot and gives the longest', () => {
    const call = { ...weather, queuedMs: 200 };
    const text = summary(
      ['p1', 'p2', 'p3'].map((id) => ({ id, turns: [{ modelMs: 0, calls: [call] }] })),
      {
        concurrency: 1,
      },
    );
    expect(text).toContain(
      '  queued       4.20 s   2 conversations and 3 tool calls waited for a slot, up to 2.40 s each; not in the estimate\n',
    );
  });

  it('colours the words for how conversations ended', () => {
    const text = summaryOf(fakeRun([{ ...five[0], id: 'p1', turns: [], status: 'failed' }]), true);
    expect(text).toContain('1 conversation: 1 \u001b[31mfailed\u001b[39m\n');
  });
});

function summary(conversations: readonly FakeConversation[], options?: FakeRunOptions): string {
  return summaryOf(fakeRun(conversations, options));
}

function summaryOf(events: readonly RunEvent[], color = false, explanation?: ShortExplanation): string {
  const recorder = new TimingRecorder();
  for (const event of events) recorder.handle(event);
  const end = events.at(-1);
  if (end?.kind !== 'run_end') throw new Error('The run has no end.');
  const options = { theme: createTheme(color), journalPath: 'out/journal.jsonl', explanation };
  return renderSummary(recorder.timing(), end, options);
}

function withWall(conversations: readonly FakeConversation[], tookMs: number): RunEvent[] {
  return fakeRun(conversations).map((event) => (event.kind === 'mode_end' ? { ...event, tookMs } : event));
}
