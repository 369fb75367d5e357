import { seededRandom } from '../../src/sim/random.ts';
import { TWO } from './support/cases.ts';
import type { Verdict } from './support/check.ts';
import { PROMISES } from './support/check.ts';
import { faultMix, killAtEveryChange, killAtEveryWrite, killAtRandom } from './support/scenarios.ts';

/**
 * The long forms, one after the other, with their figures. Takes a seed, and the names of scenarios if not all are
 * wanted; the exit code says whether every promise was kept.
 */
const [seedText = '1', ...wanted] = process.argv.slice(2);
const seed = Number(seedText);
const EVERY_PART = () => ['before', 'within', 'after', 'full'] as const;
const RANDOM = { prompts: 300, kills: 50, concurrency: 8, seed, firstTokenMs: 80 };
const FAULTS = { prompts: 300, concurrency: 50, seed };
const VENDORS = ['openai', 'gemini'] as const;

const scenarios: readonly (readonly [string, () => Promise<Verdict>])[] = VENDORS.flatMap((vendor) => [
  [`faults-${vendor}`, () => faultMix({ ...FAULTS, vendor })],
  [`random-${vendor}`, () => killAtRandom({ ...RANDOM, vendor })],
  [`changes-${vendor}`, () => killAtEveryChange({ vendor })],
  [`writes-${vendor}`, () => killAtEveryWrite({ cases: TWO, vendor, parts: EVERY_PART })],
  [
    `writes-twice-${vendor}`,
    () => killAtEveryWrite({ cases: TWO, vendor, parts: EVERY_PART, again: seededRandom(seed, 2) }),
  ],
]);

for (const [name, run] of scenarios) {
  if (wanted.length > 0 && !wanted.some((each) => name.startsWith(each))) continue;
  const startedAt = performance.now();
  const verdict = await run();
  show(name, verdict, (performance.now() - startedAt) / 1000);
}

function show(name: string, { violations, figures }: Verdict, seconds: number): void {
  const { crashes, phases, requests, successes, rebilled, mostAtOnce, uncertain, repeated } = figures;
  const lines = [
    `${name}: ${seconds.toFixed(1)} s, seed ${seed}`,
    `  crashes             ${crashes}  ${list(phases)}`,
    `  requests            ${requests}, ${successes} of them answered: ${(requests / successes).toFixed(2)} for each answer`,
    `  billed again        ${rebilled}`,
    `  requests at once    ${mostAtOnce} at most`,
    `  uncertain calls     ${uncertain}`,
    `  repeated calls      ${repeated} of those that may be`,
    ...violations.map(({ promise, what }) => `  NOT KEPT: ${PROMISES[promise]}: ${what}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n\n`);
  if (violations.length > 0) process.exitCode = 1;
}

function list(phases: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(phases).toSorted(([, a], [, b]) => b - a);
  return sorted.map(([phase, number]) => `${phase} ${number}`).join(', ');
}
