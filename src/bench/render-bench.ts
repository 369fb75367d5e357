import { showCost, showCount, showCounted, showDuration } from '../report/show-number.ts';
import { showText } from '../report/show-text.ts';
import { padEnd, textWidth } from '../report/text-width.ts';
import type { Theme } from '../report/theme.ts';
import { thresholdLines } from '../report/threshold-lines.ts';
import type { BenchReport } from './bench-report.ts';
import type { Measured } from './compare.ts';
import { nameOf } from './setting.ts';
import { showInterval, showRatio } from './verdict.ts';

/** A benchmark as people read it, in whole lines: what was run, a table, the verdict, what to know about it. */
export function renderBench(report: BenchReport, theme: Theme): string {
  const { about, verdict, thresholds, notes } = report;
  const from = about.replay ? `, replayed from ${showText(about.replay.cassette)}` : '';
  return [
    `${theme.strong(`agentpar bench ${about.files.map(showText).join(' ')}`)}   ${showCounted(about.conversations, 'conversation')}, ${showText(about.model)}${from}`,
    '',
    ...table(report, theme),
    '',
    theme.strong(verdict),
    ...(thresholds.length > 0 ? ['', ...thresholdLines(thresholds, theme)] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
    `${notes.length > 0 ? '' : '\n'}runs: ${showText(about.directory)}`,
    '',
  ].join('\n');
}

interface Column {
  readonly heading: string;
  readonly cell: (measured: Measured) => string;
}

function table({ comparison }: BenchReport, theme: Theme): string[] {
  const { settings, reference } = comparison;
  const isPriced = settings.some(({ medianCostUsd }) => medianCostUsd !== undefined);
  const columns: Column[] = [
    { heading: 'setting', cell: ({ setting }) => nameOf(setting) },
    { heading: 'median', cell: ({ medianMs, samples }) => (samples.length > 0 ? showDuration(medianMs) : '') },
    { heading: 'least to most', cell: range },
    { heading: 'runs', cell: ({ samples }) => showCount(samples.length) },
    { heading: 'times faster (95 % interval)', cell: (measured) => faster(measured, measured === reference) },
    ...(isPriced ? [{ heading: 'cost a run (times as much)', cell: cost }] : []),
  ];
  const rows = [
    columns.map(({ heading }) => heading),
    ...settings.map((each) => columns.map(({ cell }) => cell(each))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => textWidth(row[at] ?? ''))));
  return rows.map((row, index) => {
    const line = row.map((cell, at) => padEnd(cell, widths[at] ?? 0)).join('   ');
    return `  ${index === 0 ? theme.dim(line.trimEnd()) : line.trimEnd()}`;
  });
}

function range({ samples }: Measured): string {
  if (samples.length < 2) return '';
  const times = samples.map(({ wallMs }) => wallMs);
  return `${showDuration(Math.min(...times))} to ${showDuration(Math.max(...times))}`;
}

function faster({ faster: ratio, samples }: Measured, isReference: boolean): string {
  if (isReference) return samples.length > 0 ? '1' : '';
  if (!ratio) return '';
  return `${showRatio(ratio.ratio)}${ratio.interval ? ` (${showInterval(ratio.interval)})` : ''}`;
}

function cost({ medianCostUsd, costlier }: Measured): string {
  if (medianCostUsd === undefined) return 'no price';
  if (!costlier) return showCost(medianCostUsd);
  const interval = costlier.interval ? `, ${showInterval(costlier.interval)}` : '';
  return `${showCost(medianCostUsd)} (${showRatio(costlier.ratio)}${interval})`;
}
