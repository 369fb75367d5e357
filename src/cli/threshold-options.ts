import type { Command } from 'commander';
import { UserError } from '../contract/errors.ts';
import type { Judgement } from '../report/judge-run.ts';
import type { Threshold } from '../report/threshold.ts';
import { parseThreshold } from '../report/threshold.ts';
import { tell } from './tell.ts';

/** What a run or benchmark as a whole is held to. */
export function addThresholds(command: Command): Command {
  return command.option(
    '--threshold <bound>',
    'what must hold or else it exits with 3: speedup>=3, p95<20s, failed<=1%, cost<=0.50; repeatable',
    (text: string, before: readonly string[] = []) => [...before, readThreshold(text).text],
  );
}

/** The thresholds among the options. */
export function thresholdsOf({ threshold = [] }: { readonly threshold?: readonly string[] }): readonly Threshold[] {
  return threshold.map(readThreshold);
}

/** Tells of what was missed where standard output has no room for it. */
export function tellMissed({ thresholds, verdicts }: Judgement): void {
  for (const { threshold, isMet, text } of thresholds) if (!isMet) tell(`Threshold ${threshold.text} missed: ${text}.`);
  for (const { conversation, problems } of verdicts.firstMissed) {
    for (const problem of problems) tell(`${conversation} is not as expected: ${problem}.`);
  }
}

function readThreshold(text: string): Threshold {
  const parsed = parseThreshold(text);
  if (parsed.ok) return parsed.threshold;
  throw new UserError(parsed.problem);
}
