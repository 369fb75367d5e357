import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import type { ModeExplanation } from '../../../src/report/explain/explain-run.ts';
import { explainRun } from '../../../src/report/explain/explain-run.ts';
import { totalOf } from '../../../src/report/explain/split.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';
import { ANY_CONCURRENCY, anyToldRun } from '../support/any-told-run.ts';
import { fakeConversations } from '../support/fake-conversations.ts';
import { fakeRun } from '../support/fake-run.ts';

/** Sums of many fractions are off by that much at most. */
const DIGITS = 5;

it('adds up for any run, whole or killed: conversations to their times, steps to the mode’s, slots to what was allowed', () => {
  fc.assert(
    fc.property(anyToldRun(), ({ events }) => {
      const [mode] = explained(events);
      if (mode) addsUp(mode, ANY_CONCURRENCY);
    }),
    { numRuns: 120 },
  );
});

it('adds up for every mode of any run that went well', () => {
  fc.assert(
    fc.property(fakeConversations(fc.constant('x')), fc.integer({ min: 1, max: 5 }), (conversations, concurrency) => {
      const modes = explained(fakeRun(conversations, { concurrency, modes: ['sequential', 'parallel'] }));
      expect(modes).toHaveLength(2);
      modes.forEach((mode) => {
        addsUp(mode, mode.mode === 'sequential' ? 1 : concurrency);
        // Every slot is taken as soon as it is free, so the chain has no gaps, and goes back to the start.
        expect(mode.path.filter(({ state }) => state === 'starting')).toEqual([]);
      });
    }),
    { numRuns: 60 },
  );
});

function addsUp(mode: ModeExplanation, allowed: number): void {
  for (const { split, tookMs } of mode.conversations) expect(totalOf(split)).toBeCloseTo(tookMs, DIGITS);
  const { path, startMs, wallMs, slots } = mode;
  let untilMs = startMs;
  for (const step of path) {
    expect(step.startMs).toBe(untilMs);
    expect(step.endMs).toBeGreaterThan(step.startMs);
    untilMs = step.endMs;
  }
  expect(untilMs).toBe(startMs + wallMs);
  if (wallMs < 1e-3) return;
  for (const use of [slots.whole, ...slots.parts]) {
    expect(use.allowed).toBeCloseTo(allowed, DIGITS);
    expect(use.endMs).toBeGreaterThan(use.startMs);
  }
  const heldMs = Object.values(slots.whole.held).reduce((sum, mean) => sum + mean * wallMs, 0);
  expect(heldMs).toBeCloseTo(totalOf(mode.split), DIGITS - 1);
  expect(slots.parts.at(0)?.startMs).toBe(startMs);
  expect(slots.parts.at(-1)?.endMs).toBeCloseTo(startMs + wallMs, DIGITS);
}

function explained(events: readonly RunEvent[]): readonly ModeExplanation[] {
  const recorder = new SpanRecorder();
  for (const event of events) recorder.handle(event);
  const spans = recorder.spans();
  return spans ? explainRun(spans).modes : [];
}
