import type { ThresholdFacts } from '../report/judge-thresholds.ts';
import type { Comparison } from './compare.ts';
import type { Sample } from './sample.ts';

/**
 * What a benchmark's thresholds are held against: the speed-up, the median time and the conversations' durations of the
 * recommended setting; failures of all runs that count; cost and tokens of all runs, those that warmed up too.
 */
export function benchFacts(
  { settings, reference, best }: Comparison,
  samples: readonly Sample[],
  how: 'measured' | 'virtual',
): ThresholdFacts {
  const counted = samples.filter(({ round }) => round > 0);
  const sum = (of: readonly Sample[], one: (sample: Sample) => number) => of.reduce((all, each) => all + one(each), 0);
  const conversations = sum(counted, (sample) => sample.conversations);
  const times = best === undefined || settings.length < 2 ? undefined : best === reference ? 1 : best.faster?.ratio;
  const isPriced = samples.every(({ costUsd }) => costUsd !== undefined);
  return {
    ...(times === undefined ? {} : { speedup: { times, how } }),
    failed: conversations > 0 ? 1 - sum(counted, ({ right }) => right) / conversations : 0,
    costUsd: isPriced ? sum(samples, ({ costUsd = 0 }) => costUsd) : undefined,
    tokens: sum(samples, ({ usage }) => usage.inputTokens + usage.outputTokens),
    ...(best ? { wallMs: best.medianMs } : {}),
    durationsMs: best?.samples.flatMap(({ durationsMs = [] }) => durationsMs) ?? [],
  };
}
