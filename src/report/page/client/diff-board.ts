import type { ComparedCalls, ComparedConversation } from '../../diff/compare-runs.ts';
import { compareRuns } from '../../diff/compare-runs.ts';
import type { ComparisonRow } from '../../diff/show-comparison.ts';
import { changeOf, comparisonNotes, figureRows, showLength, showValue } from '../../diff/show-comparison.ts';
import { replayWords } from '../../spans/replay-words.ts';
import { modePictures } from '../mode-picture.ts';
import type { PageRun } from '../unpack-run.ts';
import { button, element, replaceChildren } from './dom.ts';
import type { RunBoard } from './run-board.ts';
import { scalePicture } from './scale-picture.ts';
import type { Column } from './table.ts';
import { SortedTable } from './table.ts';

/** Two runs compared, and below one of them in full. */
export function diffBoard(runs: readonly [PageRun, PageRun], boards: readonly [RunBoard, RunBoard]): HTMLElement {
  const [a, b] = [runs[0].spans, runs[1].spans];
  const comparison = compareRuns(a, b);
  const pictures = runs.flatMap((run) => modePictures(run).slice(-1));
  const holder = element('div', {});
  const choice = element('nav', { class: 'modes', attributes: { 'aria-label': 'Run' } });
  const choose = (at: number) => {
    replaceChildren(holder, boards[at]?.node);
    for (const [index, each] of [...choice.children].entries()) each.setAttribute('aria-pressed', String(index === at));
  };
  choice.append(
    button(`A  ${a.runId}`, () => choose(0)),
    button(`B  ${b.runId}`, () => choose(1)),
  );
  choose(0);
  const title = element(
    'div',
    { class: 'title' },
    element('h1', {}, 'Two runs compared'),
    element('p', { class: 'muted' }, [`A  ${a.runId}`, a.model, ...replayWords(a)].join('  ·  ')),
    element('p', { class: 'muted' }, [`B  ${b.runId}`, b.model, ...replayWords(b)].join('  ·  ')),
  );
  if (!comparison) return element('div', {}, title, choice, holder);
  const figures = new SortedTable<ComparisonRow>(FIGURE_COLUMNS, { isSorted: false });
  figures.show(figureRows(comparison));
  const calls = new SortedTable<ComparedCalls>(CALL_COLUMNS);
  calls.show([...comparison.models, ...comparison.tools]);
  const conversations = new SortedTable<ComparedConversation>(CONVERSATION_COLUMNS);
  conversations.show(comparison.conversations);
  return element(
    'div',
    {},
    title,
    ...comparisonNotes(comparison).map((note) => element('p', { class: 'note' }, note)),
    section('To the same scale', '', scalePicture(pictures, ['A  ', 'B  '])),
    section('Figures', 'B against A', figures.node),
    section('Models and tools', 'how long they ran, without waiting', calls.node),
    comparison.conversations.length === 0
      ? undefined
      : section('Conversations of both', 'how long each took; those that changed most first', conversations.node),
    section('Each in full', '', choice),
    holder,
  );
}

const FIGURE_COLUMNS: readonly Column<ComparisonRow>[] = [
  { label: '', isText: true, text: ({ label }) => label },
  { label: 'A', text: ({ a }) => a },
  { label: 'B', text: ({ b }) => b },
  {
    label: 'change',
    text: ({ change, isBetter }) => `${change}${isBetter === undefined ? '' : isBetter ? '  better' : '  worse'}`,
    class: ({ isBetter }) => (isBetter === false ? 'bad' : isBetter ? 'good' : ''),
  },
];

const CALL_COLUMNS: readonly Column<ComparedCalls>[] = [
  { label: 'name', isText: true, text: ({ name }) => name },
  { label: 'calls A', text: ({ count }) => showValue(count.a, 'count'), value: ({ count }) => count.a ?? 0 },
  { label: 'calls B', text: ({ count }) => showValue(count.b, 'count'), value: ({ count }) => count.b ?? 0 },
  { label: 'p50 A', text: ({ p50 }) => showLength(p50.a), value: ({ p50 }) => p50.a ?? 0 },
  { label: 'p50 B', text: ({ p50 }) => showLength(p50.b), value: ({ p50 }) => p50.b ?? 0 },
  { label: 'change', text: ({ p50 }) => changeOf({ ...p50, unit: 'ms' }), value: ({ p50 }) => ratio(p50) },
  { label: 'p90 A', text: ({ p90 }) => showLength(p90.a), value: ({ p90 }) => p90.a ?? 0 },
  { label: 'p90 B', text: ({ p90 }) => showLength(p90.b), value: ({ p90 }) => p90.b ?? 0 },
  { label: 'change', text: ({ p90 }) => changeOf({ ...p90, unit: 'ms' }), value: ({ p90 }) => ratio(p90) },
];

const CONVERSATION_COLUMNS: readonly Column<ComparedConversation>[] = [
  { label: 'conversation', isText: true, text: ({ conversation }) => conversation },
  { label: 'A', text: ({ a }) => showValue(a, 'ms'), value: ({ a }) => a ?? 0 },
  { label: 'B', text: ({ b }) => showValue(b, 'ms'), value: ({ b }) => b ?? 0 },
  { label: 'change', text: (each) => changeOf({ ...each, unit: 'ms' }), value: ratio },
];

function ratio({ a = 0, b = 0 }: { readonly a: number | undefined; readonly b: number | undefined }): number {
  return a > 0 ? b / a : 0;
}

function section(title: string, note: string, ...children: readonly HTMLElement[]): HTMLElement {
  return element('section', {}, element('h2', {}, title, element('small', {}, note)), ...children);
}
