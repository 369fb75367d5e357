import { showCost } from '../report/show-number.ts';
import { timedOf } from '../report/spans/replay-words.ts';
import type { BenchReport } from './bench-report.ts';
import type { Measured } from './compare.ts';
import { CONFIDENCE, RESAMPLES, SEED } from './paired-ratio.ts';
import type { Setting } from './setting.ts';
import { nameOf } from './setting.ts';
import { mean, quantile, standardDeviation } from './statistics.ts';
import { showInterval, showRatio } from './verdict.ts';

/**
 * A benchmark as JSON. `results` has the fields of hyperfine's, in seconds, so that scripts for those read it: `command`,
 * `mean`, `stddev`, `median`, `min`, `max`, `times` and `parameters`, which are those that differ: one of them is an axis.
 */
export function benchJson({ about, comparison, samples, verdict, thresholds, notes }: BenchReport): string {
  const { settings, reference, best } = comparison;
  const swept = sweptIn(settings);
  const document = {
    format: 1,
    ...about,
    complete: about.stopped === undefined,
    timed: timedOf(about),
    bootstrap: { confidence: CONFIDENCE, resamples: RESAMPLES, seed: SEED },
    reference: nameOf(reference.setting),
    best: best ? nameOf(best.setting) : null,
    verdict,
    thresholds: thresholds.map(({ threshold, isMet, text }) => ({ threshold: threshold.text, isMet, found: text })),
    notes,
    results: settings.map((measured) => result(measured, swept)),
    samples: samples.map((sample) => {
      const setting = settings[sample.setting];
      return { ...sample, setting: setting ? nameOf(setting.setting) : '' };
    }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What more than one setting was tried of; the modes, if there is nothing else to tell settings apart by. */
function sweptIn(settings: readonly Measured[]): readonly (keyof Setting)[] {
  const parallel = settings.filter(({ setting }) => setting.mode === 'parallel');
  const swept = (['concurrency', 'toolConcurrency'] as const).filter((key) => {
    return new Set(parallel.map(({ setting }) => setting[key])).size > 1;
  });
  return swept.length > 0 ? swept : ['mode'];
}

function result(measured: Measured, swept: readonly (keyof Setting)[]) {
  const { setting, samples, leftOut, outliers, medianCostUsd, faster, costlier } = measured;
  const times = secondsOf(measured);
  const { mode, concurrency, toolConcurrency } = setting;
  return {
    command: nameOf(setting),
    parameters: Object.fromEntries(swept.map((key) => [key, String(setting[key] ?? '')])),
    mode,
    concurrency,
    ...(toolConcurrency === undefined ? {} : { toolConcurrency }),
    ...statistics(times),
    quartiles: [numberOrNull(quantile(times, 0.25)), numberOrNull(quantile(times, 0.75))],
    times,
    faster: faster ?? null,
    medianCostUsd: medianCostUsd ?? null,
    costlier: costlier ?? null,
    outliers: outliers.map(({ round }) => round),
    leftOut: leftOut.map(({ round }) => round),
    rounds: samples.map(({ round }) => round),
  };
}

function statistics(times: readonly number[]) {
  return {
    mean: numberOrNull(mean(times)),
    stddev: numberOrNull(standardDeviation(times)),
    median: numberOrNull(quantile(times, 0.5)),
    min: numberOrNull(quantile(times, 0)),
    max: numberOrNull(quantile(times, 1)),
  };
}

/** A benchmark as CSV: a row per setting, times in seconds. */
export function benchCsv({ about, comparison }: BenchReport): string {
  const rows = comparison.settings.map((measured) => {
    const { setting, samples, medianCostUsd, faster, costlier } = measured;
    return [
      nameOf(setting),
      ...Object.values(statistics(secondsOf(measured))),
      samples.length,
      rounded(faster?.ratio),
      rounded(faster?.interval?.low),
      rounded(faster?.interval?.high),
      rounded(medianCostUsd, COST_DECIMALS),
      rounded(costlier?.ratio),
      rounded(costlier?.interval?.low),
      rounded(costlier?.interval?.high),
      setting.mode,
      setting.concurrency,
      setting.toolConcurrency,
      timedOf(about),
    ];
  });
  return [CSV_COLUMNS, ...rows].map((row) => `${row.map((cell) => cell ?? '').join(',')}\n`).join('');
}

const CSV_COLUMNS = [
  'command',
  'mean',
  'stddev',
  'median',
  'min',
  'max',
  'runs',
  'faster',
  'faster_low',
  'faster_high',
  'median_cost_usd',
  'costlier',
  'costlier_low',
  'costlier_high',
  'parameter_mode',
  'parameter_concurrency',
  'parameter_tool_concurrency',
  'timed',
];

/** A benchmark as a Markdown table, with the verdict under it. */
export function benchMarkdown({ comparison, verdict }: BenchReport): string {
  const { settings, reference } = comparison;
  const rows = settings.map((measured) => {
    const { setting, medianCostUsd, faster } = measured;
    const { median, min, max } = statistics(secondsOf(measured));
    const sure = faster?.interval ? ` (${showInterval(faster.interval)})` : '';
    const ratio = measured === reference ? '1.00' : faster ? `${showRatio(faster.ratio)}${sure}` : '';
    const cost = medianCostUsd === undefined ? '' : showCost(medianCostUsd);
    return [`\`${nameOf(setting)}\``, seconds(median), seconds(min), seconds(max), ratio, cost];
  });
  const head = ['Setting', 'Median [s]', 'Min [s]', 'Max [s]', 'Times faster (95 %)', 'Cost a run'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return `${line(head)}${line([':---', '---:', '---:', '---:', '---:', '---:'])}${rows.map(line).join('')}\n${verdict}\n`;
}

function secondsOf({ samples }: Measured): readonly number[] {
  return samples.map(({ wallMs }) => Math.round(wallMs * 1000) / 1e6);
}

function seconds(value: number | null): string {
  return value === null ? '' : value.toFixed(3);
}

/** To a millionth; JSON has no number for what is none. */
function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? (rounded(value) ?? null) : null;
}

/** A request may cost less than a millionth of a dollar. */
const COST_DECIMALS = 9;

function rounded(value: number | undefined, decimals = 6): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(decimals));
}
