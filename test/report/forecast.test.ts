import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { Forecast } from '../../src/report/forecast.ts';
import type { FakeConversation, FakeTurn } from './support/fake-run.ts';
import { fakeRun } from './support/fake-run.ts';

const answer: FakeTurn = { modelMs: 1000 };
const looksUp: FakeTurn = {
  modelMs: 1000,
  calls: [
    { name: 'look_up', ms: 3000 },
    { name: 'look_up', ms: 3000 },
  ],
};

it('knows nothing before a conversation has ended', () => {
  const events = fakeRun(several(8, [looksUp, answer]), { concurrency: 2 });
  expect(forecastAt(4900, events).leftMs(4900)).toBeUndefined();
});

it('adds to what runs, as far as it has come, those that wait for a slot', () => {
  const events = fakeRun(several(8, [looksUp, answer]), { concurrency: 2 });
  // Four rounds of 5 s, from 1 ms on, of which the second has begun.
  for (const atMs of [5500, 7000, 9500]) expect(forecastAt(atMs, events).leftMs(atMs)).toBe(20_001 - atMs);
});

it('has nothing to say once all have ended', () => {
  const events = fakeRun(several(2, [answer]));
  expect(forecastAt(2000, events).leftMs(2000)).toBeUndefined();
});

it('takes the turns that conversations have from those that have ended', () => {
  const conversations = [...several(2, [looksUp, looksUp, answer]), { id: 'last', turns: [looksUp, looksUp, answer] }];
  const events = fakeRun(conversations, { concurrency: 2 });
  // The last one is with the model for the first time: 9 s in all, of which 0.5 s are gone.
  expect(forecastAt(9501, events).leftMs(9501)).toBe(8500);
});

it('goes by how long each of the tools takes that a conversation waits for', () => {
  const slow: FakeTurn = {
    modelMs: 1000,
    calls: [
      { name: 'look_up', ms: 3000 },
      { name: 'search', ms: 9000 },
    ],
  };
  const conversations = [
    { id: 'quick', turns: [looksUp, answer] },
    { id: 'slow', turns: [slow, answer] },
    { id: 'later', turns: [slow, answer] },
  ];
  const events = fakeRun(conversations, { concurrency: 1 });
  // The last one's calls have just begun: 9 s for the longest, 1 s for the answer.
  expect(forecastAt(17_002, events).leftMs(17_002)).toBeCloseTo(9999, 0);
});

it('adds up the calls of a turn where they run one after the other', () => {
  const events = fakeRun(several(2, [looksUp, answer]), { modes: ['sequential'] });
  // 8 s each; the calls of the second begin at 9 s.
  expect(forecastAt(9002, events).leftMs(9002)).toBe(6999);
});

it('says nothing where all that is left takes longer than usual already', () => {
  const conversations = [...several(2, [answer]), { id: 'long', turns: [{ modelMs: 60_000 }] }];
  const events = fakeRun(conversations, { concurrency: 2 });
  expect(forecastAt(1500, events).leftMs(1500)).toBe(501);
  expect(forecastAt(30_000, events).leftMs(30_000)).toBeUndefined();
});

it('knows from the first moment what earlier runs of the same model took, and no other', () => {
  const earlier = fakeRun(several(4, [looksUp, answer]));
  const [start, mode] = fakeRun(several(8, [looksUp, answer]), { concurrency: 2 });
  const forecast = told(earlier);
  expect(forecast.toolMs).toEqual(new Map([['look_up', 3000]]));
  for (const event of [start, mode]) if (event) forecast.handle(event);
  expect(forecast.leftMs(1)).toBe(20_000);
  if (start?.kind === 'run_start') forecast.handle({ ...start, model: 'openai/other' });
  expect(forecast.leftMs(1)).toBeUndefined();
});

it('believes a run soon more than those before it', () => {
  const forecast = told(fakeRun(several(1000, [{ modelMs: 60_000 }])));
  const events = fakeRun(several(100, [answer]), { concurrency: 1 });
  for (const event of events) if (event.atMs <= 20_001) forecast.handle(event);
  // 80 are left, of 1 s each: (4 × 60 s + 20 × 1 s) / 24 for one is what is believed by now, and not 60 s.
  expect(forecast.leftMs(20_001)).toBeLessThan(80 * 11_000);
});

it('goes on with a run that was stopped: what ran then does not run any more', () => {
  const events = fakeRun(several(8, [looksUp, answer]), { concurrency: 2 });
  const forecast = forecastAt(7000, events);
  const resumed = { version: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z', finished: 2, concurrency: 3 };
  forecast.handle({ seq: 1000, atMs: 7000, kind: 'run_resume', ...resumed });
  // Six conversations of 5 s with three slots.
  expect(forecast.leftMs(7000)).toBe(10_000);
});

function several(count: number, turns: readonly FakeTurn[]): FakeConversation[] {
  return Array.from({ length: count }, (_, n) => ({ id: `p${n + 1}`, turns }));
}

function told(events: readonly RunEvent[]): Forecast {
  const forecast = new Forecast();
  for (const event of events) forecast.handle(event);
  return forecast;
}

function forecastAt(atMs: number, events: readonly RunEvent[]): Forecast {
  return told(events.filter((event) => event.atMs <= atMs));
}
