import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderGantt } from '../../../src/report/gantt/render-gantt.ts';
import { textWidth } from '../../../src/report/text-width.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { fakeConversations } from '../support/fake-conversations.ts';
import { fakeRun } from '../support/fake-run.ts';
import { hostileIn, hostileText } from '../support/hostile-text.ts';
import { spansOf } from '../support/spans-of.ts';
import { ToldRun } from '../support/told-run.ts';

const PLAIN = { theme: createTheme(false), hasColor: false };

describe('renderGantt', () => {
  it('shows in letters what each conversation did when', () => {
    const call = { name: 'get_weather', ms: 500 };
    const events = fakeRun([
      { id: 'p1', turns: [{ modelMs: 250, calls: [call] }, { modelMs: 250 }] },
      { id: 'p2', turns: [{ modelMs: 500 }], status: 'failed' },
    ]);
    expect(renderGantt(spansOf(events), { ...PLAIN, columns: 46, rows: 40 })).toBe(
      [
        '',
        'parallel   2 conversations in 1.00 s',
        '  p1      mmmmmtttttttttttmmmmm  1.00 s',
        '  p2      mmmmmmmmmmX            0.50 s failed',
        '          0 s            1.00 s',
        '',
        '  m model   t tools   X failed',
        '',
      ].join('\n'),
    );
  });

  it('fits the width and the height that there is, in letters as in colours', () => {
    fc.assert(
      fc.property(
        anyToldRun(),
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 11, max: 60 }),
        (run, columns, rows) => {
          const text = renderGantt(spansOf(run.events), { ...PLAIN, columns, rows });
          const lines = text.trimEnd().split('\n');
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(lines.length).toBeLessThan(rows);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('sums up what there is no height for: in each column what most of them did', () => {
    const run = new ToldRun({ conversations: 20 }).mode(0, 20);
    for (let at = 1; at <= 20; at++) run.start(0, `p${at}`).ask(0, `p${at}`);
    for (let at = 1; at <= 20; at++) run.answer(1000, `p${at}`).end(1000, `p${at}`);
    const lines = renderGantt(spansOf(run.events), { ...PLAIN, columns: 60, rows: 14 }).split('\n');
    expect(lines.filter((line) => /^ {2}p\d/.test(line))).toHaveLength(5);
    expect(lines.find((line) => line.startsWith('  15 more'))).toMatch(/^ {2}15 more {2}m+$/);
  });

  it('lets no name move the cursor', () => {
    fc.assert(
      fc.property(fakeConversations(hostileText), (conversations) => {
        const text = renderGantt(spansOf(fakeRun(conversations)), { ...PLAIN, columns: 100, rows: 40 });
        expect(hostileIn(text, '\n')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('says so where nothing was run', () => {
    expect(renderGantt(spansOf(new ToldRun().events), { ...PLAIN, columns: 80, rows: 24 })).toBe('Nothing was run.\n');
  });
});
