import type { RunEvent } from '../../contract/event.ts';
import type { ThresholdResult } from '../judge-thresholds.ts';
import type { ResultRow } from '../result-row.ts';
import type { RunSpans } from '../spans/run-spans.ts';
import type { RunTiming } from '../timing.ts';

/** A run as its journal tells of it: what reports are made from. */
export interface RecordedRun {
  readonly spans: RunSpans;
  /** Over all attempts at the run. */
  readonly timing: RunTiming;
  /** What came of the prompts whose conversations have ended, in prompt order. */
  readonly rows: readonly ResultRow[];
  /** What came of the thresholds that it was started with; none of a run that has not come to its end by itself. */
  readonly thresholds: readonly ThresholdResult[];
  /** Everything that happened, from the first event on: for what the others leave out. Can be read any number of times. */
  readonly events: () => AsyncIterable<RunEvent>;
}

/** What a report may hold beside what all of its format hold. */
export interface ReportDetail {
  /** What was said, in formats that are sent elsewhere and leave it out otherwise. */
  readonly withContents?: boolean;
}

/** A run as a text of one format. */
export type ReportFormat = (run: RecordedRun, detail: ReportDetail) => AsyncIterable<string>;
