import { describe, expect, it } from 'vitest';
import { ONE } from './support/cases.ts';
import { PROMISES } from './support/check.ts';
import { faultMix, killAtEveryWrite, killAtRandom } from './support/scenarios.ts';

/** Short forms of what `npm run test:chaos` does at length; all of them at once. */
const SCENARIOS = {
  'A run that is killed at each write to its journal': killAtEveryWrite({
    cases: ONE,
    vendor: 'openai',
    parts: (write) => [(['within', 'after', 'full'] as const)[write % 3] ?? 'within'],
  }),
  'A run that is killed again and again': killAtRandom({
    prompts: 16,
    kills: 4,
    concurrency: 4,
    vendor: 'gemini',
    seed: 1,
    firstTokenMs: 120,
  }),
  'A run whose Responses provider misbehaves': faultMix({ prompts: 12, concurrency: 12, vendor: 'openai', seed: 1 }),
  'A run whose Gemini provider misbehaves': faultMix({ prompts: 12, concurrency: 12, vendor: 'gemini', seed: 2 }),
};

describe.each(Object.entries(SCENARIOS))('%s', (_name, scenario) => {
  it.each(Object.entries(PROMISES))('%s: %s', { timeout: 120_000 }, async (name) => {
    const { violations } = await scenario;
    expect(violations.filter(({ promise }) => promise === name)).toEqual([]);
  });
});
