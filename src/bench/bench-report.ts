import type { Replayed } from '../contract/event.ts';
import type { ThresholdResult } from '../report/judge-thresholds.ts';
import { judgeThresholds } from '../report/judge-thresholds.ts';
import { timedOf } from '../report/spans/replay-words.ts';
import type { Threshold } from '../report/threshold.ts';
import { benchFacts } from './bench-facts.ts';
import type { Comparison } from './compare.ts';
import { compare } from './compare.ts';
import { notesOn, recordedNotes } from './notes.ts';
import type { Sample } from './sample.ts';
import type { Setting } from './setting.ts';
import { verdictOn } from './verdict.ts';

/** What was benchmarked. */
export interface BenchAbout {
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly files: readonly string[];
  readonly conversations: number;
  readonly model: string;
  /** Where the runs are. */
  readonly directory: string;
  readonly runs: number;
  readonly warmup: number;
  /** Whether each run's prompts began with a line of its own, against the provider's cache. */
  readonly salted: boolean;
  /** The cassette that answered, if one did, and whether its delays were waited for. */
  readonly replay?: Replayed;
  /** The cassette that a run was recorded on. */
  readonly recordedOn?: string;
  /** What ended it before all runs were made. */
  readonly stopped?: string;
}

/** All that a benchmark has to say. */
export interface BenchReport {
  readonly about: BenchAbout;
  readonly comparison: Comparison;
  /** In the order in which they were run, those that only warmed up too. */
  readonly samples: readonly Sample[];
  readonly verdict: string;
  /** None if it was stopped: numbers of a part say nothing of the whole. */
  readonly thresholds: readonly ThresholdResult[];
  readonly notes: readonly string[];
}

/** Makes a benchmark's report from its samples. */
export function reportOn(
  settings: readonly Setting[],
  samples: readonly Sample[],
  about: BenchAbout,
  thresholds: readonly Threshold[] = [],
): BenchReport {
  const comparison = compare(settings, samples);
  const how = timedOf(about);
  const found = verdictOn(comparison, about);
  const verdict = how === 'virtual' ? `In virtual time: ${lowered(found)}` : found;
  const stopped = about.stopped === undefined ? [] : [incomplete(settings.length, samples, about, about.stopped)];
  return {
    about,
    comparison,
    samples,
    verdict: about.stopped === undefined ? verdict : `So far: ${lowered(verdict)}`,
    thresholds: judgeThresholds(about.stopped === undefined ? thresholds : [], benchFacts(comparison, samples, how)),
    notes: [
      ...stopped,
      ...(how === 'virtual' ? [VIRTUAL] : []),
      ...notesOn(comparison, about),
      ...recordedNotes(settings, samples, about.recordedOn),
    ],
  };
}

function lowered(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

const VIRTUAL =
  "Times are virtual, not measured: the recorded delays on the program's own schedule, and its own work counts as none.";

function incomplete(settings: number, samples: readonly Sample[], { runs }: BenchAbout, stopped: string): string {
  const counted = samples.filter(({ round, problem }) => round > 0 && problem === undefined).length;
  return `Incomplete: stopped by ${stopped} after ${counted} of ${runs * settings} runs.`;
}
