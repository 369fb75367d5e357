import type { StateSegment, TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';

/** Milliseconds by what they went into. */
export type Split = Readonly<Record<TimeState, number>>;

/** What segments went into; their lengths are all that is counted. */
export function splitOf(segments: readonly StateSegment[]): Split {
  const split = emptySplit();
  for (const { state, startMs, endMs } of segments) split[state] += endMs - startMs;
  return split;
}

/** Several splits added up. */
export function sumSplits(splits: readonly Split[]): Split {
  const sum = emptySplit();
  for (const split of splits) for (const state of TIME_STATES) sum[state] += split[state];
  return sum;
}

/** All of a split, or those parts of it. */
export function totalOf(split: Split, states: readonly TimeState[] = TIME_STATES): number {
  return states.reduce((sum, state) => sum + split[state], 0);
}

/** What is waited for because others are in the way: there would be none of it if nobody else was there. */
export const BEHIND_OTHERS: readonly TimeState[] = ['budget', 'refusal', 'rate', 'limit', 'toolRate', 'lock', 'slot'];

/** What a provider's limits are the reason for. */
export const PROVIDER_LIMITS: readonly TimeState[] = ['refusal', 'rate', 'limit'];

/** Nothing, of each. */
export function emptySplit(): Record<TimeState, number> {
  return Object.fromEntries(TIME_STATES.map((state) => [state, 0])) as Record<TimeState, number>;
}
