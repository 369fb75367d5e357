import type { BenchAbout } from '../../../src/bench/bench-report.ts';
import type { Sample } from '../../../src/bench/sample.ts';
import { settingsOf } from '../../../src/bench/setting.ts';

/** What was benchmarked. */
export const ABOUT: BenchAbout = {
  version: '0.1.0',
  startedAt: '2026-11-20T15:48:32.000Z',
  files: ['prompts.txt'],
  conversations: 5,
  model: 'openai/gpt-5.6-luna',
  directory: 'out',
  runs: 6,
  warmup: 1,
  salted: true,
};

/** One at a time, and four at once. */
export const TWO = settingsOf({ modes: ['sequential', 'parallel'], concurrency: [4], toolConcurrency: undefined });

/** Six times around the given one, none of them far from it. */
export function steady(ms: number): readonly number[] {
  return [0.98, 1.01, 1, 0.99, 1.02, 1].map((share) => share * ms);
}

/** Samples with these wall times, a list for each setting and in it one for each round. */
export function samplesOf(times: readonly (readonly number[])[]): readonly Sample[] {
  return times.flatMap((ofSetting, setting) =>
    ofSetting.map((wallMs, at) => ({
      round: at + 1,
      setting,
      run: `runs/${setting}-${at + 1}`,
      wallMs,
      modelCalls: 10,
      toolCalls: 5,
      failedAttempts: 0,
      waitedMs: 0,
      rateMs: 0,
      conversations: 5,
      right: 5,
      usage: { inputTokens: 2000, cachedInputTokens: 0, outputTokens: 300, reasoningTokens: 0 },
    })),
  );
}
