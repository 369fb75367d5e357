import { addCost } from '../contract/cost.ts';
import type { ThresholdFacts, ThresholdResult } from './judge-thresholds.ts';
import { judgeThresholds } from './judge-thresholds.ts';
import { timedOf } from './spans/replay-words.ts';
import type { Threshold } from './threshold.ts';
import type { RunTiming } from './timing.ts';
import { isSameWork } from './timing-rows.ts';
import type { Verdicts } from './verdicts.ts';

/** Whether a run came to what it should. */
export interface Judgement {
  readonly verdicts: Verdicts;
  /** None if it was stopped: numbers of a part say nothing of the whole. */
  readonly thresholds: readonly ThresholdResult[];
}

/** Judges a run that has ended by what was expected of it. */
export function judgeRun(
  timing: RunTiming,
  verdicts: Verdicts,
  run: {
    readonly thresholds: readonly Threshold[];
    readonly conversations: number;
    readonly stopped?: string | undefined;
  },
): Judgement {
  const { thresholds, conversations, stopped } = run;
  const held = stopped === undefined ? thresholds : [];
  return { verdicts, thresholds: judgeThresholds(held, factsOf(timing, verdicts, conversations)) };
}

function factsOf(timing: RunTiming, verdicts: Verdicts, conversations: number): ThresholdFacts {
  const { modes } = timing;
  const speedup = speedupOf(timing);
  const wallMs = modes.at(-1)?.wallMs;
  return {
    ...(speedup ? { speedup } : {}),
    failed: conversations > 0 ? (conversations - verdicts.right) / conversations : 0,
    costUsd: costOf(timing),
    tokens: modes.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0),
    ...(wallMs === undefined ? {} : { wallMs }),
    durationsMs: verdicts.durationsMs,
  };
}

function speedupOf(timing: RunTiming): ThresholdFacts['speedup'] {
  const { modes, estimate } = timing;
  const sequential = modes.find(({ mode }) => mode === 'sequential');
  const parallel = modes.find(({ mode }) => mode === 'parallel');
  if (!parallel || parallel.wallMs <= 0) return undefined;
  if (!sequential) return { times: estimate.sequentialMs / parallel.wallMs, how: 'estimated' };
  if (!isSameWork(sequential, parallel)) return undefined;
  return { times: sequential.wallMs / parallel.wallMs, how: timedOf(timing) };
}

/** Of all modes: each was paid for. */
function costOf({ modes }: RunTiming): number | undefined {
  const costs = modes.flatMap(({ models }) => [...models.values()].map(({ costUsd }) => costUsd));
  return costs.reduce(addCost, 0);
}
