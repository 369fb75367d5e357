import { showDuration } from '../show-number.ts';
import type { TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import { showAdvice } from './show-advice.ts';
import { PROVIDER_LIMITS, totalOf } from './split.ts';
import type { ShortExplanation } from './split-recorder.ts';
import { STATE_LABELS, showShare } from './words.ts';

/** Less is not worth a word. */
const WORTH_SAYING = 0.005;

/** Where the time went, the ceiling and what to do, in two to four lines. */
export function shortForm(explanation: ShortExplanation): string[] {
  const { mode, wallMs, concurrency, conversations, split, ceilingMs, advice } = explanation;
  const sumMs = totalOf(split);
  const isLimit = (state: TimeState) => PROVIDER_LIMITS.includes(state);
  const parts = [
    ...TIME_STATES.filter((state) => !isLimit(state)).map((state) => ({
      label: STATE_LABELS[state],
      ms: split[state],
    })),
    { label: STATE_LABELS.rate, ms: totalOf(split, PROVIDER_LIMITS) },
  ]
    .filter(({ ms }) => ms / sumMs >= WORTH_SAYING)
    .sort((one, other) => other.ms - one.ms)
    .map(({ label, ms }) => `${label} ${showShare(ms / sumMs)}`);
  const slots = `${(sumMs / wallMs).toFixed(1)} of ${concurrency} slots in use on average`;
  const isAlone = mode === 'sequential' || conversations < 2;
  return [
    `  ${parts.join(', ')} of the conversations' time${isAlone ? '' : `; ${slots}`}`,
    ...(isAlone
      ? []
      : [`  at best ${showDuration(ceilingMs)}, estimated: the longest conversation with nothing in its way`]),
    ...(isAlone ? [] : advice.slice(0, 2).map((each) => `  ${showAdvice(each)}`)),
  ];
}
