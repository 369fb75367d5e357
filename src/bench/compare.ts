import { findOutliers } from './find-outliers.ts';
import type { PairedRatio } from './paired-ratio.ts';
import { pairedRatio } from './paired-ratio.ts';
import type { Sample } from './sample.ts';
import type { Setting } from './setting.ts';
import { isModester } from './setting.ts';
import { median } from './statistics.ts';

/** What the runs of one setting came to. */
export interface Measured {
  readonly setting: Setting;
  /** Those that can be compared, by round. */
  readonly samples: readonly Sample[];
  /** Those whose numbers are of less than the whole work. */
  readonly leftOut: readonly Sample[];
  /** Samples whose time is unlike that of the others. */
  readonly outliers: readonly Sample[];
  /** `NaN` without samples. */
  readonly medianMs: number;
  /** Nothing where a price is not known. */
  readonly medianCostUsd: number | undefined;
  /** How many times faster than the reference; nothing for the reference itself, and where no pairs are. */
  readonly faster?: PairedRatio;
  /** How many times the cost of the reference. */
  readonly costlier?: PairedRatio;
}

/** Settings beside each other. */
export interface Comparison {
  readonly settings: readonly Measured[];
  /** What the others are compared with: one at a time if that was measured, or else the first. */
  readonly reference: Measured;
  /** The one to use: that which allows least at once among those that are as fast as the fastest. */
  readonly best: Measured | undefined;
}

/** Compares the settings by their samples. The same samples always give the same comparison. */
export function compare(settings: readonly Setting[], samples: readonly Sample[]): Comparison {
  const counted = samples.filter(({ round }) => round > 0);
  const alone = settings.map((setting, index) => {
    return measure(
      setting,
      counted.filter((sample) => sample.setting === index).toSorted((one, other) => one.round - other.round),
    );
  });
  const reference = alone.find(({ setting }) => setting.mode === 'sequential') ?? alone[0];
  if (!reference) throw new TypeError('there are no settings to compare');
  const beside = alone.map((measured) => (measured === reference ? measured : besides(measured, reference)));
  return { settings: beside, reference, best: bestOf(beside) };
}

/** The pairs that two settings have: those rounds in which both can be compared. */
function pairsOf(
  one: Measured,
  other: Measured,
  measureOf: (sample: Sample) => number | undefined,
): readonly (readonly [number, number])[] {
  const byRound = new Map(other.samples.map((sample) => [sample.round, measureOf(sample)]));
  return one.samples.flatMap((sample) => {
    const pair = [measureOf(sample), byRound.get(sample.round)] as const;
    return pair[0] === undefined || pair[1] === undefined ? [] : [[pair[0], pair[1]] as const];
  });
}

function measure(setting: Setting, all: readonly Sample[]): Measured {
  const samples = all.filter(({ problem }) => problem === undefined);
  const times = samples.map(({ wallMs }) => wallMs);
  const outliers = new Set(findOutliers(times));
  const costs = samples.map(({ costUsd }) => costUsd).filter((cost) => cost !== undefined);
  return {
    setting,
    samples,
    leftOut: all.filter(({ problem }) => problem !== undefined),
    outliers: samples.filter((_, index) => outliers.has(index)),
    medianMs: median(times),
    medianCostUsd: costs.length > 0 && costs.length === samples.length ? median(costs) : undefined,
  };
}

function besides(measured: Measured, reference: Measured): Measured {
  const faster = pairedRatio(pairsOf(reference, measured, ({ wallMs }) => wallMs));
  const costlier = pairedRatio(pairsOf(measured, reference, ({ costUsd }) => costUsd));
  return { ...measured, ...(faster ? { faster } : {}), ...(costlier ? { costlier } : {}) };
}

function bestOf(settings: readonly Measured[]): Measured | undefined {
  const [fastest] = settings
    .filter(({ samples }) => samples.length > 0)
    .toSorted((one, other) => one.medianMs - other.medianMs);
  if (!fastest) return undefined;
  const asFast = settings.filter((each) => each === fastest || !isShownSlower(each, fastest));
  return asFast.reduce((best, each) => (isModester(each.setting, best.setting) ? each : best));
}

/** By more than a twentieth, and surely so if there are enough pairs to tell. */
function isShownSlower(measured: Measured, fastest: Measured): boolean {
  const slower = pairedRatio(pairsOf(measured, fastest, ({ wallMs }) => wallMs));
  if (!slower) return true;
  return slower.ratio > 1.05 && (slower.interval?.low ?? slower.ratio) > 1;
}
