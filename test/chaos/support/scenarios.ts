import PQueue from 'p-queue';
import type { Random } from '../../../src/sim/random.ts';
import { seededRandom } from '../../../src/sim/random.ts';
import type { SimSettings } from '../../../src/sim/settings.ts';
import type { Case } from './cases.ts';
import { manyCases, TWO } from './cases.ts';
import type { Figures, Verdict } from './check.ts';
import { check } from './check.ts';
import { startProvider } from './provider.ts';
import type { Kill, KillAtWrite, Scene, SceneOptions } from './scene.ts';
import { openScene } from './scene.ts';

type Vendor = SceneOptions['vendor'];
type Part = KillAtWrite['part'];

/** What goes wrong with a provider that misbehaves, as parts of its responses. */
const FAULT_MIX: SimSettings['faults'] = { '429': 0.1, '500': 0.05, reset: 0.05, cut: 0.05, stall: 0.03 };

/**
 * Kills a run at each write to its journal, goes on with it, and judges each. With `again`, what goes on is killed too, at
 * one of its own writes.
 */
export async function killAtEveryWrite({
  cases,
  vendor,
  parts,
  again,
}: {
  readonly cases: readonly Case[];
  readonly vendor: Vendor;
  /** Where in the n-th write. */
  readonly parts: (write: number) => readonly Part[];
  readonly again?: Random;
}): Promise<Verdict> {
  await using provider = await startProvider();
  const options: SceneOptions = { cases, concurrency: 2, vendor, provider };
  const verdicts: Verdict[] = [];
  await untilNotReached(async (write) => {
    for (const part of parts(write)) {
      using scene = openScene(options);
      const { killed } = await scene.attempt({ part, write });
      if (again) await scene.attempt({ part: 'within', write: 1 + Math.floor(again() * write) });
      const verdict = await toItsEnd(scene);
      const missed =
        killed || write > leastWrites(cases.length) ? [] : [{ promise: 'ends' as const, what: 'it was not killed' }];
      verdicts.push(found(`${part} write ${write}`, { ...verdict, violations: [...missed, ...verdict.violations] }));
      if (!killed) return false;
    }
    return true;
  });
  return sum(verdicts);
}

/** The start of the run and of its mode, and for each prompt its start, a turn of a call, an answer and its end. */
function leastWrites(prompts: number): number {
  return 2 + 5 * prompts;
}

/**
 * Kills a run before each change that it makes to its directory, its lock and its journal among them; then, in a second
 * scene for each, a process that goes on with a run that was killed in its middle.
 */
export async function killAtEveryChange({ vendor }: { readonly vendor: Vendor }): Promise<Verdict> {
  await using provider = await startProvider();
  const options: SceneOptions = { cases: TWO, concurrency: 2, vendor, provider };
  const verdicts: Verdict[] = [];
  for (const first of [undefined, MIDDLE]) {
    await untilNotReached(async (write) => {
      using scene = openScene(options);
      if (first) await scene.attempt(first);
      const { killed } = await scene.attempt({ part: 'change', write });
      verdicts.push(found(`change ${write}${first ? ' of what goes on' : ''}`, await toItsEnd(scene)));
      return killed;
    });
  }
  return sum(verdicts);
}

/** Judges the first, the second …, some at once, until one says that there was none. */
async function untilNotReached(judge: (number: number) => Promise<boolean>): Promise<void> {
  const queue = new PQueue({ concurrency: SCENES_AT_ONCE });
  let isOver = false;
  for (let number = 1; !isOver; number++) {
    await queue.onSizeLessThan(1);
    void queue.add(async () => {
      let isReached = false;
      try {
        isReached = await judge(number);
      } finally {
        isOver ||= !isReached;
      }
    });
  }
  await queue.onIdle();
}

function found(place: string, { violations, figures }: Verdict): Verdict {
  return { violations: violations.map((each) => ({ ...each, what: `${place}: ${each.what}` })), figures };
}

/** Half of what is written, while both conversations are at work. */
const MIDDLE: Kill = { part: 'within', write: 7 };

/** Kills a run at random moments, while it starts, recovers and works, and goes on with it until it is done. */
export async function killAtRandom({
  prompts,
  kills,
  concurrency,
  vendor,
  seed,
  firstTokenMs,
}: {
  readonly prompts: number;
  readonly kills: number;
  readonly concurrency: number;
  readonly vendor: Vendor;
  readonly seed: number;
  /** How long a response takes. */
  readonly firstTokenMs: number;
}): Promise<Verdict> {
  const random = seededRandom(seed, 1);
  await using provider = await startProvider({ firstTokenMs });
  using scene = openScene({ cases: manyCases(prompts), concurrency, vendor, provider });
  while (scene.attempts.filter(({ killed }) => killed).length < kills) {
    const { killed } = await scene.attempt(randomKill(random));
    if (!killed) break;
  }
  const verdict = await toItsEnd(scene);
  const { crashes } = verdict.figures;
  const what = `the run was over after ${crashes} of ${kills} kills`;
  const missed = crashes < kills ? [{ promise: 'ends' as const, what }] : [];
  return { ...verdict, violations: [...missed, ...verdict.violations] };
}

/**
 * Runs against a provider that misbehaves in every way that goes away when it is asked again. One call in two thousand
 * meets six faults in a row, which are as many attempts as it has; with the seeds 1 to 4 none of 300 prompts does.
 */
export async function faultMix({
  prompts,
  concurrency,
  vendor,
  seed,
}: {
  readonly prompts: number;
  readonly concurrency: number;
  readonly vendor: Vendor;
  readonly seed: number;
}): Promise<Verdict> {
  await using provider = await startProvider({ faults: FAULT_MIX, seed, retryAfterSeconds: 0, firstTokenMs: 20 });
  using scene = openScene({
    cases: manyCases(prompts),
    concurrency,
    vendor,
    provider,
    // Long enough that a busy machine takes no response for a stalled one.
    args: ['--idle-timeout', '2s'],
  });
  return await toItsEnd(scene);
}

const SCENES_AT_ONCE = 3;

async function toItsEnd(scene: Scene): Promise<Verdict> {
  await scene.attempt();
  return await check(scene);
}

/** One in four while it starts or recovers, the others at work. */
function randomKill(random: Random): Kill {
  return random() < 0.25 ? { since: 'start', ms: random() * 600 } : { since: 'output', ms: random() * 150 };
}

function sum(verdicts: readonly Verdict[]): Verdict {
  const figures = verdicts.map((verdict) => verdict.figures);
  const phases: Record<string, number> = {};
  for (const each of figures) {
    for (const [phase, number] of Object.entries(each.phases)) phases[phase] = (phases[phase] ?? 0) + number;
  }
  const total = (key: Exclude<keyof Figures, 'phases'>) => figures.reduce((all, each) => all + each[key], 0);
  return {
    violations: verdicts.flatMap(({ violations }) => violations),
    figures: {
      crashes: total('crashes'),
      phases,
      requests: total('requests'),
      successes: total('successes'),
      rebilled: total('rebilled'),
      mostAtOnce: Math.max(...figures.map(({ mostAtOnce }) => mostAtOnce)),
      uncertain: total('uncertain'),
      repeated: total('repeated'),
    },
  };
}
