import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { judgeRun } from '../../src/report/judge-run.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { createTheme } from '../../src/report/theme.ts';
import type { Threshold } from '../../src/report/threshold.ts';
import { parseThreshold } from '../../src/report/threshold.ts';
import { TimingRecorder } from '../../src/report/timing.ts';
import { VerdictRecorder } from '../../src/report/verdicts.ts';
import type { FakeRunOptions } from './support/fake-run.ts';
import { fakeRun } from './support/fake-run.ts';

/** Twenty conversations of 1 s, 2 s … 20 s that cost a cent each. */
const twenty = Array.from({ length: 20 }, (_, at) => ({
  id: `p${at + 1}`,
  turns: [{ modelMs: (at + 1) * 1000, costUsd: 0.01 }],
}));

describe('A threshold', () => {
  it.each([
    ['speedup>=3', { metric: 'speedup', operator: '>=', bound: 3 }],
    ['speedup > 2.5x', { metric: 'speedup', operator: '>', bound: 2.5 }],
    ['p95<20s', { metric: 'p95', operator: '<', bound: 20_000 }],
    ['p50<=1.5m', { metric: 'p50', operator: '<=', bound: 90_000 }],
    ['p5>1s', { metric: 'p5', operator: '>', bound: 1000 }],
    ['p99.9 <= 3 s', { metric: 'p99.9', operator: '<=', bound: 3000 }],
    ['wall<500ms', { metric: 'wall', operator: '<', bound: 500 }],
    ['failed<=7%', { metric: 'failed', operator: '<=', bound: 0.07 }],
    ['cost<=$0.50', { metric: 'cost', operator: '<=', bound: 0.5 }],
    ['tokens<20k', { metric: 'tokens', operator: '<', bound: 20_000 }],
  ])('can be %s', (text, threshold) => {
    expect(parseThreshold(text)).toEqual({ ok: true, threshold: { text, ...threshold } });
  });

  it.each([
    ['speedup', 'it must be such as speedup>=3, p95<20s, failed<=1% or cost<=0.50'],
    ['p95=20s', 'it must be such as'],
    ['p95>=', 'p95 is held to a time'],
    ['speed>=3', 'there are speedup, failed, cost, tokens, wall, and percentiles such as p95'],
    ['p100<1s', 'there are speedup'],
    ['constructor<1', 'there are speedup'],
    ['failed<=2', 'failed is held to a share such as 1%'],
    ['p95<20%', 'p95 is held to a time such as 20s'],
    ['speedup>=-1', 'speedup is held to a number such as 3 or 2.5'],
    ['cost<1valueOf', 'it must be|cost is held to'],
  ])('is refused in words if it is %s', (text, rule) => {
    const parsed = parseThreshold(text);
    expect(parsed.ok ? '' : parsed.problem).toMatch(
      new RegExp(`^Cannot use "${text.replace('$', '\\$')}" as a threshold: (${rule})`),
    );
  });
});

describe('A run', () => {
  it.each([
    ['speedup>=3.5', true, '3.50 (estimated)'],
    ['speedup>=5', false, '3.50 (estimated), 1.50 below it'],
    ['p95<20s', true, '19.00 s'],
    ['p95<19s', false, '19.00 s, just at it'],
    ['p99.9<=19s', false, '20.00 s, 1.00 s above it'],
    ['p95<=15s', false, '19.00 s, 4.00 s above it'],
    ['p50<=10s', true, '10.00 s'],
    ['p50<=9999ms', false, '10.00 s, just above it'],
    ['p99<1m', true, '20.00 s'],
    ['wall<50s', false, '1 min 00 s, 10.00 s above it'],
    ['failed<=0%', true, '0 %'],
    ['cost<=0.10', false, '$0.20, $0.10 above it'],
    ['tokens<=6000', true, '5,160'],
  ])('is held to %s', (text, isMet, found) => {
    const { thresholds } = judged(fakeRun(twenty), [text], 20);
    expect(thresholds.map((result) => [result.isMet, result.text])).toEqual([[isMet, found]]);
  });

  it('is held to the speed-up that was measured, if it was', () => {
    const both: FakeRunOptions = { modes: ['sequential', 'parallel'] };
    expect(judged(fakeRun(twenty, both), ['speedup>=3'], 20).thresholds[0]?.text).toBe('3.50 (measured)');
    let seen = 0;
    const other = fakeRun(twenty, both).filter(({ kind }) => kind !== 'model_start' || ++seen > 3);
    expect(judged(other, ['speedup>=3'], 20).thresholds[0]).toMatchObject({
      isMet: false,
      text: expect.stringContaining('it cannot be told'),
    });
  });

  it('fails by what ended otherwise than it should, and by what was not started', () => {
    const some = twenty.map((each, at) => (at === 3 ? { ...each, status: 'failed' as const } : each));
    const events = fakeRun(some.slice(0, 19), { notStarted: 1 }).map((event): RunEvent => {
      return event.kind === 'conversation_end' && event.index === 7
        ? { ...event, missed: [{ what: 'contains', problem: 'the answer does not contain "10"' }] }
        : event;
    });
    const { verdicts, thresholds } = judged(events, ['failed<=10%', 'failed<=15%'], 20);
    expect(verdicts).toMatchObject({ right: 17, missed: 1, otherwise: 0 });
    expect(thresholds.map(({ isMet, text }) => [isMet, text])).toEqual([
      [false, '15 %, 5 % above it'],
      [true, '15 %'],
    ]);
  });

  it('ends right where another end was expected, and came', () => {
    const some = twenty.map((each) => ({ ...each, status: 'refused' as const }));
    const events = fakeRun(some).map((event): RunEvent => {
      return event.kind === 'conversation_end' ? { ...event, missed: [] } : event;
    });
    expect(judged(events, [], 20).verdicts).toMatchObject({ right: 20, otherwise: 20, missed: 0 });
  });

  it('that was stopped is held to nothing', () => {
    expect(judged(fakeRun(twenty, { stopped: 'SIGINT' }), ['speedup>=100'], 20).thresholds).toEqual([]);
  });

  it('shows what was met and missed, and what the first conversations missed', () => {
    const events = fakeRun(twenty).map((event): RunEvent => {
      return event.kind === 'conversation_end' && event.index < 7
        ? { ...event, missed: [{ what: 'maxSeconds', problem: '3.00 s, 1.00 s more than 2.00 s' }] }
        : event;
    });
    const judgement = judged(events, ['speedup>=3', 'p95<=15s'], 20);
    const text = renderSummary(timingOf(events), endOf(events), {
      theme: createTheme(false),
      journalPath: 'out/journal.jsonl',
      judgement,
    });
    expect(text).toMatch(/^20 conversations: 20 done, 7 not as expected\n/);
    expect(text).toContain(
      [
        '',
        'Thresholds',
        '  met      speedup>=3   3.50 (estimated)',
        '  missed   p95<=15s     19.00 s, 4.00 s above it',
        '',
      ].join('\n'),
    );
    expect(text).toContain('\nNot as expected\n  p1   maxSeconds: 3.00 s, 1.00 s more than 2.00 s\n  p2   ');
    expect(text).toContain('\n  and 2 other conversations: see "missed" in results.jsonl\n');
  });
});

function judged(events: readonly RunEvent[], texts: readonly string[], conversations: number) {
  const thresholds = texts.map((text): Threshold => {
    const parsed = parseThreshold(text);
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.threshold;
  });
  const recorder = new VerdictRecorder({ keepsDurations: true });
  for (const event of events) recorder.handle(event);
  const { stopped } = endOf(events);
  return judgeRun(timingOf(events), recorder.verdicts, { thresholds, conversations, stopped });
}

function timingOf(events: readonly RunEvent[]) {
  const recorder = new TimingRecorder();
  for (const event of events) recorder.handle(event);
  return recorder.timing();
}

function endOf(events: readonly RunEvent[]) {
  const end = events.at(-1);
  if (end?.kind !== 'run_end') throw new Error('the run has no end');
  return end;
}
