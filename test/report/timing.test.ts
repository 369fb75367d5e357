import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../src/contract/event.ts';
import type { ModeTiming } from '../../src/report/timing.ts';
import { TimingRecorder } from '../../src/report/timing.ts';
import { fakeConversations } from './support/fake-conversations.ts';
import { fakeRun, USAGE } from './support/fake-run.ts';

it('adds up what each mode did', () => {
  const call = { name: 'get_weather', ms: 1000 };
  const turns = [{ modelMs: 50, calls: [call, { ...call, queuedMs: 200 }] }, { modelMs: 60 }];
  const conversations = ['p1', 'p2', 'p3'].map((id) => ({ id, turns }));
  const timing = timingOf(fakeRun(conversations, { concurrency: 2, modes: ['sequential', 'parallel'] }));
  expect(timing.modes.map(({ mode, wallMs }) => [mode, Math.round(wallMs)])).toEqual([
    ['sequential', 3 * (50 + 1000 + 200 + 1000 + 60)],
    ['parallel', 2 * (50 + 1200 + 60)],
  ]);
  expect(timing.modes[1]).toMatchObject({
    conversations: 3,
    statuses: { done: 3 },
    modelCalls: 6,
    toolCalls: 6,
    modelMs: 330,
    toolMs: 6000,
    waitedMs: 0,
    longestConversationMs: 1310,
    peakCalls: 4,
    queued: { conversations: 1, calls: 3, totalMs: 1310 + 600, longestMs: 1310 },
    usage: { inputTokens: 6 * USAGE.inputTokens, outputTokens: 6 * USAGE.outputTokens },
  });
  expect(timing.estimate).toEqual({ sequentialMs: 6330, modelCalls: 6, toolCalls: 6 });
});

it('estimates from the last mode', () => {
  const [first, ...rest] = fakeRun([{ id: 'p1', turns: [{ modelMs: 50 }] }], { modes: ['sequential', 'parallel'] });
  const slower = rest.map(
    (event): RunEvent => (event.kind === 'model_end' && event.seq < 7 ? { ...event, tookMs: 900 } : event),
  );
  const { modes, estimate } = timingOf([...(first ? [first] : []), ...slower]);
  expect([modes[0]?.modelMs, modes[1]?.modelMs, estimate.sequentialMs]).toEqual([900, 50, 50]);
});

it('keeps waits between attempts out of the time of the models', () => {
  const retries = [{ afterMs: 100, waitMs: 2000, message: '429' }];
  const { modes } = timingOf(fakeRun([{ id: 'p1', turns: [{ modelMs: 300, retries }] }]));
  expect(modes[0]).toMatchObject({ modelMs: 400, waitedMs: 2000, failedAttempts: 1 });
});

it('takes the machine at work for no queue', () => {
  const events = fakeRun([{ id: 'p1', turns: [{ modelMs: 5, calls: [{ name: 'a', ms: 1, queuedMs: 9.9 }] }] }]);
  expect(timingOf(events).modes[0]?.queued).toEqual({ conversations: 0, calls: 0, totalMs: 0, longestMs: 0 });
});

it('knows the times of a mode that has not ended', () => {
  const events = fakeRun([{ id: 'p1', turns: [{ modelMs: 50 }] }]).filter(({ kind }) => !kind.startsWith('mode_e'));
  expect(timingOf(events.filter(({ kind }) => kind !== 'run_end')).modes[0]?.wallMs).toBe(50);
});

it('says the same as counting everything afterwards, for any run', () => {
  const text = fc.constant('text');
  fc.assert(
    fc.property(fakeConversations(text), fc.integer({ min: 1, max: 5 }), (conversations, concurrency) => {
      const events = fakeRun(conversations, { concurrency, modes: ['sequential', 'parallel'] });
      const starts = events.flatMap(({ kind }, at) => (kind === 'mode_start' ? [at] : []));
      const halves = [events.slice(starts[0], starts[1]), events.slice(starts[1])];
      const { modes } = timingOf(events);
      halves.forEach((half, at) => {
        const naive = recount(half);
        for (const [key, value] of Object.entries(naive)) {
          expect(modes[at]?.[key as keyof ModeTiming], key).toBeCloseTo(value, 3);
        }
      });
    }),
    { numRuns: 60 },
  );
});

function recount(events: readonly RunEvent[]) {
  const only = <K extends RunEvent['kind']>(kind: K) =>
    events.filter((event): event is EventOf<K> => event.kind === kind);
  const inFlight = events.map((_, at) => {
    const past = events.slice(0, at + 1);
    const started = past.filter(({ kind }) => kind === 'model_start' || kind === 'tool_start').length;
    return started - past.filter(({ kind }) => kind === 'model_end' || kind === 'tool_end').length;
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    wallMs: only('mode_end')[0]?.tookMs ?? 0,
    conversations: only('conversation_end').length,
    modelCalls: only('model_end').length,
    toolCalls: only('tool_end').length,
    modelMs: sum(only('model_end').map(({ tookMs, waitedMs }) => tookMs - waitedMs)),
    toolMs: sum(only('tool_end').map(({ tookMs }) => tookMs)),
    waitedMs: sum(only('model_end').map(({ waitedMs }) => waitedMs)),
    failedAttempts: only('model_retry').length + only('model_end').filter(({ result }) => !result.ok).length,
    longestConversationMs: Math.max(...only('conversation_end').map(({ tookMs }) => tookMs)),
    peakCalls: Math.max(...inFlight),
  };
}

function timingOf(events: readonly RunEvent[]) {
  const recorder = new TimingRecorder();
  for (const event of events) recorder.handle(event);
  return recorder.timing();
}
