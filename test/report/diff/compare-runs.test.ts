import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../src/report/diff/compare-runs.ts';
import { renderComparison } from '../../../src/report/diff/render-comparison.ts';
import { changeOf, comparisonNotes, figureRows } from '../../../src/report/diff/show-comparison.ts';
import type { RunSpans } from '../../../src/report/spans/run-spans.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { fakeConversations } from '../support/fake-conversations.ts';
import type { FakeConversation } from '../support/fake-run.ts';
import { fakeRun } from '../support/fake-run.ts';
import { hostileIn, hostileText } from '../support/hostile-text.ts';
import { spansOf } from '../support/spans-of.ts';
import { ToldRun } from '../support/told-run.ts';

describe('compareRuns', () => {
  it('says how each figure changed, and whether that is better', () => {
    const rows = figureRows(compared([conversation('p1', 1000, 500)], [conversation('p1', 500, 500)]));
    const row = (label: string) => rows.find((each) => each.label === label);
    expect(row('wall time')).toEqual({ label: 'wall time', a: '1.50 s', b: '1.00 s', change: '−33 %', isBetter: true });
    expect(row('time in model')).toMatchObject({ a: '1.00 s', b: '0.50 s', change: '−50 %', isBetter: true });
    expect(row('time in tools')).toEqual({ label: 'time in tools', a: '0.50 s', b: '0.50 s', change: '=' });
    expect(row('model calls')).toEqual({ label: 'model calls', a: '1', b: '1', change: '=' });
  });

  it('puts the conversations of both first that changed most, and counts the others', () => {
    const a = [conversation('p1', 100, 0), conversation('p2', 900, 0), conversation('p3', 5, 0)];
    const b = [conversation('p1', 150, 0), conversation('p2', 100, 0), conversation('p4', 5, 0)];
    const comparison = compared(a, b);
    expect(comparison.conversations).toEqual([
      { conversation: 'p2', a: 900, b: 100 },
      { conversation: 'p1', a: 100, b: 150 },
    ]);
    expect(comparisonNotes(comparison)).toContain('Of the conversations, 1 only in A and 1 only in B.');
  });

  it('warns where the two did not do the same work', () => {
    const less = compared([conversation('p1', 100, 50)], [conversation('p1', 100, 0)]);
    expect(comparisonNotes(less).join()).toContain('did not do the same work');
    const same = compared([conversation('p1', 100, 50)], [conversation('p1', 300, 90)]);
    expect(comparisonNotes(same)).toEqual([]);
  });

  it('has nothing to say of a run in which nothing had begun', () => {
    const begun = spansOf(fakeRun([conversation('p1', 1, 1)]));
    expect(compareRuns(begun, spansOf(new ToldRun().events))).toBeUndefined();
  });

  it('finds no change between any run and itself', () => {
    fc.assert(
      fc.property(anyToldRun(), ({ events }) => {
        const run = spansOf(events);
        const comparison = compareRuns(run, run);
        for (const { change, isBetter } of figureRows(comparison ?? fail())) {
          expect([change, isBetter]).toEqual(['=', undefined]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('changeOf', () => {
  it.each([
    [1000, 750, 'ms', '−25 %'],
    [1000, 1004, 'ms', '='],
    [1000, 2100, 'ms', '×2.1'],
    [4, 7, 'count', '+3'],
    [4000, 7, 'count', '−3,993'],
    [0, 10, 'ms', ''],
    [undefined, 10, 'ms', ''],
  ] as const)('tells %s and %s %s as "%s"', (a, b, unit, change) => {
    expect(changeOf({ a, b, unit })).toBe(change);
  });
});

describe('renderComparison', () => {
  it('lets no name move the cursor', () => {
    fc.assert(
      fc.property(fakeConversations(hostileText), fakeConversations(hostileText), (one, other) => {
        const [a, b] = [spansOf(fakeRun(one)), spansOf(fakeRun(other))];
        const text = renderComparison({ a, b, comparison: compareRuns(a, b) }, createTheme(false));
        expect(hostileIn(text, '\n')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

function conversation(id: string, modelMs: number, toolMs: number): FakeConversation {
  const calls = toolMs > 0 ? [{ name: 'look_up', ms: toolMs }] : [];
  return { id, turns: [{ modelMs, calls }] };
}

function compared(a: readonly FakeConversation[], b: readonly FakeConversation[]) {
  const [one, other]: RunSpans[] = [spansOf(fakeRun(a)), spansOf(fakeRun(b))];
  return (one && other && compareRuns(one, other)) ?? fail();
}

function fail(): never {
  throw new Error('There was nothing to compare.');
}
