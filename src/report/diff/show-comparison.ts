import { STATE_LABELS } from '../explain/words.ts';
import { showTime } from '../page/show-time.ts';
import { showCost, showCount, showDuration } from '../show-number.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { Compared, ComparedFigure, FigureKey, RunComparison } from './compare-runs.ts';

/** A line of a comparison in words. `isBetter` is absent where neither is better than the other. */
export interface ComparisonRow {
  readonly label: string;
  readonly a: string;
  readonly b: string;
  readonly change: string;
  readonly isBetter?: boolean;
}

const LABELS: Readonly<Record<FigureKey, string>> = {
  ...STATE_LABELS,
  wall: 'wall time',
  sequential: 'sequential, estimated',
  speedUp: 'speed-up, against the estimate',
  concurrency: 'conversations at once, allowed',
  toolConcurrency: 'tool calls at once, allowed',
  p50: 'a conversation, p50',
  p90: 'a conversation, p90',
  max: 'a conversation, the longest',
  modelCalls: 'model calls',
  toolCalls: 'tool calls',
  failedConversations: 'conversations not done',
  missed: 'conversations not as expected',
  failedCalls: 'tool calls that failed',
  refusals: 'refused for rate limits (429)',
  inputTokens: 'tokens in',
  outputTokens: 'tokens out',
  cost: 'cost at list price',
};

const STATES: ReadonlySet<string> = new Set(TIME_STATES);

/** The figures of a comparison as lines: those left out that are nothing in both. */
export function figureRows({ figures }: RunComparison): readonly ComparisonRow[] {
  return figures
    .filter(({ key, a, b }) => ALWAYS.has(key) || (a ?? 0) !== 0 || (b ?? 0) !== 0)
    .map((figure) => {
      const { key, a, b, isBetterLess } = figure;
      const label = STATES.has(key) ? `time in ${LABELS[key]}` : LABELS[key];
      const isChanged = a !== undefined && b !== undefined && changeOf(figure) !== SAME;
      const better = isChanged && isBetterLess !== undefined ? { isBetter: isBetterLess === b < a } : {};
      return { label, a: showValue(a, figure.unit), b: showValue(b, figure.unit), change: changeOf(figure), ...better };
    });
}

const ALWAYS: ReadonlySet<FigureKey> = new Set(['wall', 'modelCalls', 'toolCalls', 'failedConversations']);

const SAME = '=';

/** How the second differs from the first: `−25 %`, `+3`, `×2.1`, and `=` where it does not. */
export function changeOf({ a, b, unit }: Compared & Pick<ComparedFigure, 'unit'>): string {
  if (a === undefined || b === undefined || a === b) return a === b ? SAME : '';
  if (unit === 'count') return `${b > a ? '+' : '−'}${showCount(Math.abs(b - a))}`;
  if (a <= 0) return '';
  const share = b / a;
  if (share >= 2) return `×${share.toFixed(1)}`;
  const percent = Math.round((share - 1) * 100);
  if (percent === 0) return SAME;
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** What is to be known before anything is concluded from a comparison. */
export function comparisonNotes({ isSameWork, onlyA, onlyB }: RunComparison): readonly string[] {
  const only = [
    ...(onlyA > 0 ? [`${showCount(onlyA)} only in A`] : []),
    ...(onlyB > 0 ? [`${showCount(onlyB)} only in B`] : []),
  ];
  return [
    ...(isSameWork ? [] : ['The two did not do the same work, so their times tell little about each other.']),
    ...(only.length > 0 ? [`Of the conversations, ${only.join(' and ')}.`] : []),
  ];
}

export function showValue(value: number | undefined, unit: ComparedFigure['unit']): string {
  if (value === undefined) return '–';
  switch (unit) {
    case 'ms':
      return showDuration(value);
    case 'count':
      return showCount(value);
    case 'usd':
      return showCost(value);
    case 'times':
      return `${value.toFixed(1)}×`;
    default:
      return unit satisfies never;
  }
}

/** A length where short ones matter too. */
export function showLength(ms: number | undefined): string {
  return ms === undefined ? '–' : showTime(ms);
}
