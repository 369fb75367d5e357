import { randomNumbers } from '../random-numbers.ts';
import { median } from '../statistics.ts';
import type { Prediction, Setting, World } from './predict.ts';
import { predict } from './predict.ts';
import type { RecordedWork } from './recorded-work.ts';

/** How often the work is done anew, an odd number, which has a middle: less often where much of it evens out by itself. */
const TIMES = 7;
const TIMES_OF_MUCH = 3;
const MUCH_TURNS = 1000;
/** By what share of itself the time of an attempt differs at most. */
export const SHAKEN_BY = 0.005;

/**
 * Does the work anew with a setting. After a refusal, a millisecond decides which requests are held back and for how
 * long, and a whole run may come out longer or shorter for it. So work that was refused something is done several times,
 * with attempts that take a little more or less, and the middle is what is predicted, beside the least and the most. Only
 * for the setting that it was run with it is known how the differences fell, and nothing else is predicted than that.
 */
export async function predictMiddle(
  work: RecordedWork,
  setting: Setting,
  worldOf: (work: RecordedWork) => World,
): Promise<Prediction> {
  const asRecorded = await predict(work, setting, worldOf(work));
  if (work.facts.refusals === 0) return asRecorded;
  const all = [asRecorded];
  for (let seed = 1; seed < timesOf(work); seed += 1) {
    const other = shaken(work, randomNumbers(seed));
    all.push(await predict(other, setting, worldOf(other)));
  }
  const times = all.map(({ wallMs }) => wallMs);
  const isSame = setting.concurrency === work.concurrency && setting.toolConcurrency === work.toolConcurrency;
  const middle = isSame ? asRecorded : all.find(({ wallMs }) => wallMs === median(times));
  return {
    ...(middle ?? asRecorded),
    range: { leastMs: Math.min(...times), mostMs: Math.max(...times), of: times.length },
  };
}

function timesOf({ turns }: RecordedWork): number {
  const count = [...turns.values()].reduce((sum, own) => sum + own.length, 0);
  return count > MUCH_TURNS ? TIMES_OF_MUCH : TIMES;
}

/** The same work, whose attempts take a little more or less time. */
function shaken(work: RecordedWork, random: () => number): RecordedWork {
  const turns = [...work.turns].map(([conversation, own]) => {
    const others = own.map((turn) => ({
      ...turn,
      attempts: turn.attempts.map((attempt) => ({
        ...attempt,
        tookMs: attempt.tookMs * (1 + SHAKEN_BY * (2 * random() - 1)),
      })),
    }));
    return [conversation, others] as const;
  });
  return { ...work, turns: new Map(turns) };
}
