import type { Mode } from '../../contract/event.ts';
import type { TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { Split } from './split.ts';
import { BEHIND_OTHERS, PROVIDER_LIMITS, totalOf } from './split.ts';

/**
 * What would make a mode faster. `concurrency`, `toolConcurrency`: another setting, and how long it is estimated to take
 * then. `turnConcurrency`: calls wait for others of their turn. `toolSlots`: tools have to wait for slots of their own, or for threads and processes. `longestFirst`: another order of the prompts. `limits`: the provider's are in the way, of which the one on requests
 * at once is found out by us. `locks`, `toolRates`: what tools declare is. `nothing`: no setting would make it much faster.
 */
export type Advice =
  | { readonly kind: 'concurrency'; readonly setting: number; readonly aboutMs: number }
  | { readonly kind: 'toolConcurrency'; readonly setting: number; readonly share: number }
  | { readonly kind: 'longestFirst'; readonly aboutMs: number }
  | { readonly kind: 'limits'; readonly share: number; readonly mostly: 'limit' | 'rate' }
  | { readonly kind: 'turnConcurrency' | 'toolSlots' | 'locks' | 'toolRates'; readonly share: number }
  | { readonly kind: 'nothing'; readonly mostly: TimeState };

/** What advice is drawn from. Shares are of the sum of all conversations' times. */
export interface AdviceGrounds {
  readonly mode: Mode;
  readonly wallMs: number;
  readonly concurrency: number;
  readonly toolConcurrency: number;
  /** How many tool calls there were at once, at the most. */
  readonly mostToolCalls: number;
  readonly conversations: number;
  /** How many of them succeeded. */
  readonly done: number;
  readonly split: Split;
  /** How long turns had calls that waited for others of them, whatever else went on. */
  readonly turnWaitMs: number;
  /** What made the time: of the chain that did, or of the longest conversation. */
  readonly decisive: Split;
  /** An estimate of the time with so many conversations at once. */
  readonly wallAt: (concurrency: number) => number;
  /** The same with the longest conversations first, if that is known. */
  readonly wallLongestFirst?: number;
}

/** From what share on a kind of waiting is worth a change. */
const MUCH = 0.1;
/** Less is no gain that would come out the same in a second run. */
const GAIN = 0.85;
/** What so many times as many at once would meet is beyond any estimate. */
const TOO_FAR = 8;
/** Less is as good as the best. */
const AS_GOOD = 1.1;

/** What promises most first; none for what was run one at a time, and none where most of it failed. */
export function adviseOn(grounds: AdviceGrounds): readonly Advice[] {
  const { mode, split, turnWaitMs, conversations, done } = grounds;
  if (mode === 'sequential' || 2 * done < conversations) return [];
  const share = (states: readonly TimeState[]) => totalOf(split, states) / Math.max(1e-9, totalOf(split));
  const limits = share(PROVIDER_LIMITS);
  const advice: Advice[] = [];
  // Those who wait for each other would only do so for longer if there were more of them.
  if (share(BEHIND_OTHERS) < MUCH) advice.push(...moreAtOnce(grounds));
  if (limits >= MUCH) {
    const mostly = split.limit > split.rate + split.refusal ? 'limit' : 'rate';
    advice.push({ kind: 'limits', share: limits, mostly });
  }
  const turnWait = turnWaitMs / Math.max(1e-9, totalOf(split));
  if (turnWait >= MUCH) advice.push({ kind: 'turnConcurrency', share: turnWait });
  if (share(['slot']) >= MUCH) advice.push(moreToolCalls(grounds, share(['slot'])));
  if (share(['lock']) >= MUCH) advice.push({ kind: 'locks', share: share(['lock']) });
  if (share(['toolRate']) >= MUCH) advice.push({ kind: 'toolRates', share: share(['toolRate']) });
  if (advice.length === 0) advice.push({ kind: 'nothing', mostly: mostOf(grounds.decisive) });
  return advice;
}

/**
 * Another order, if that is about as good as many more at once; or else the smallest doubling of the concurrency that is;
 * or else the order, if that is worth it at all.
 */
function moreAtOnce({
  concurrency,
  conversations,
  wallMs,
  wallAt,
  wallLongestFirst,
}: AdviceGrounds): readonly Advice[] {
  const most = Math.min(conversations, TOO_FAR * concurrency);
  const enoughMs = AS_GOOD * wallAt(most);
  const orderedMs = wallLongestFirst ?? Number.POSITIVE_INFINITY;
  const longestFirst: readonly Advice[] =
    orderedMs <= GAIN * wallMs ? [{ kind: 'longestFirst', aboutMs: orderedMs }] : [];
  if (orderedMs <= enoughMs) return longestFirst;
  for (let setting = 2 * concurrency; setting < 2 * most; setting *= 2) {
    const capped = Math.min(setting, most);
    const aboutMs = wallAt(capped);
    if (aboutMs > enoughMs) continue;
    return aboutMs <= GAIN * wallMs ? [{ kind: 'concurrency', setting: capped, aboutMs }] : longestFirst;
  }
  return longestFirst;
}

function moreToolCalls({ toolConcurrency, mostToolCalls }: AdviceGrounds, share: number): Advice {
  return mostToolCalls < toolConcurrency
    ? { kind: 'toolSlots', share }
    : { kind: 'toolConcurrency', setting: 2 * toolConcurrency, share };
}

function mostOf(split: Split): TimeState {
  return TIME_STATES.reduce((most, state) => (split[state] > split[most] ? state : most));
}
