import type { Judgement } from '../report/judge-run.ts';
import type { ThresholdResult } from '../report/judge-thresholds.ts';
import type { RunEnd } from '../run/run-modes.ts';

/** Some conversations were not answered. */
export const UNANSWERED = 1;
/** All were answered, and an expectation or a threshold was missed. */
export const NOT_AS_EXPECTED = 3;

/** What a run that came to its own end exits with. */
export function exitCodeOf({ counts }: RunEnd, { verdicts, thresholds }: Judgement, conversations: number): number {
  if (counts.done + verdicts.otherwise < conversations) return heldTo(thresholds, UNANSWERED);
  return heldTo(thresholds, verdicts.missed === 0 ? 0 : NOT_AS_EXPECTED);
}

/**
 * The exit code with thresholds, where it is `exitCode` without. A threshold for failures says how many are allowed: then
 * thresholds alone decide.
 */
export function heldTo(thresholds: readonly ThresholdResult[], exitCode: number): number {
  const isHeld = thresholds.every(({ isMet }) => isMet);
  const allowsFailures = thresholds.some(({ threshold }) => threshold.metric === 'failed');
  if (allowsFailures || exitCode === 0) return isHeld ? 0 : NOT_AS_EXPECTED;
  return exitCode;
}
