import { textTable } from '../explain/text-table.ts';
import { showCount } from '../show-number.ts';
import { shortenMiddle, showText } from '../show-text.ts';
import { replayWords } from '../spans/replay-words.ts';
import type { RunSpans } from '../spans/run-spans.ts';
import type { Theme } from '../theme.ts';
import type { ComparedCalls, RunComparison } from './compare-runs.ts';
import { changeOf, comparisonNotes, figureRows, showLength, showValue } from './show-comparison.ts';

const NAME_WIDTH = 32;
const MOST_TOOLS = 10;
const MOST_CONVERSATIONS = 10;

/** A comparison of two runs in whole lines: figures, models and tools, and the conversations that changed most. */
export function renderComparison(
  { a, b, comparison }: { readonly a: RunSpans; readonly b: RunSpans; readonly comparison: RunComparison | undefined },
  theme: Theme,
): string {
  const head = [`A  ${describe(a)}`, `B  ${describe(b)}`];
  if (!comparison) return `${[...head, '', 'Nothing to compare: one of them had not begun.'].join('\n')}\n`;
  const { models, tools, conversations } = comparison;
  const lines = [...head, '', ...figureTable(comparison, theme)];
  const changed = conversations.filter(({ a: one = 0, b: other = 0 }) => Math.abs(one - other) >= NOTABLE_MS);
  lines.push(
    ...callSection('Models', models, theme),
    ...callSection('Tools', tools, theme),
    ...(changed.length > 0
      ? [
          '',
          `${theme.strong('Conversations')}   those that changed most of ${showCount(conversations.length)}`,
          ...textTable(
            changed.slice(0, MOST_CONVERSATIONS).map((each) => {
              const name = shortenMiddle(showText(each.conversation), NAME_WIDTH);
              const change = changeOf({ ...each, unit: 'ms' });
              return [name, showValue(each.a, 'ms'), showValue(each.b, 'ms'), change];
            }),
            '<>>>',
          ),
        ]
      : []),
  );
  const notes = comparisonNotes(comparison);
  if (notes.length > 0) lines.push('', ...notes);
  return `${lines.join('\n')}\n`;
}

/** What differs by less is the machine. */
const NOTABLE_MS = 10;

function describe(run: RunSpans): string {
  const { runId, model, modes } = run;
  const { concurrency } = modes.at(-1)?.allowed.at(-1) ?? {};
  const about = [
    showText(model),
    ...(concurrency === undefined ? [] : [`${showCount(concurrency)} at once`]),
    ...replayWords(run).map(showText),
  ];
  return `${showText(runId)}   ${about.join(', ')}`;
}

function figureTable(comparison: RunComparison, theme: Theme): string[] {
  const rows = figureRows(comparison);
  const lines = textTable(
    [['', 'A', 'B', ''], ...rows.map(({ label, a, b, change }) => [label, a, b, change])],
    '<>>>',
  );
  return lines.map((line, at) => {
    const { change = '', isBetter } = rows[at - 1] ?? {};
    if (isBetter === undefined) return line;
    const shown = isBetter ? theme.good(change) : theme.bad(change);
    return `${line.slice(0, line.length - change.length)}${shown}`;
  });
}

function callSection(title: string, calls: readonly ComparedCalls[], theme: Theme): string[] {
  if (calls.length === 0) return [];
  const head = ['', 'calls A', 'calls B', 'p50 A', 'p50 B', '', 'p90 A', 'p90 B', ''];
  const rows = calls
    .slice(0, MOST_TOOLS)
    .map(({ name, count, p50, p90 }) => [
      shortenMiddle(showText(name), NAME_WIDTH),
      showValue(count.a, 'count'),
      showValue(count.b, 'count'),
      ...[p50, p90].flatMap((each) => [showLength(each.a), showLength(each.b), changeOf({ ...each, unit: 'ms' })]),
    ]);
  const left = calls.length - rows.length;
  return [
    '',
    theme.strong(title),
    ...textTable([head, ...rows], '<>>>>>>>>'),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}
