import type { WaitReason } from '../../contract/event.ts';
import type { CallInHand, RunThrough } from '../call-in-hand.ts';
import type { Slots } from '../slots.ts';

/** Goes on with one of the slots, where there are any to be had; a wait for one is told by that reason. */
export function withinSlots(
  reason: WaitReason,
  slotsFor: (inHand: CallInHand) => Slots | undefined,
  next: RunThrough,
): RunThrough {
  const go = async (slots: Slots, inHand: CallInHand, signal: AbortSignal) => {
    const { tool, context, story } = inHand;
    const { conversation: owner, expectedMs } = context;
    const place = { owner, expectedMs, sinceMs: story.askedAtMs, priority: tool.policy.priority };
    const slot = slots.take(place, signal);
    const leave = slot instanceof Promise ? await story.waiting(reason, slot) : slot;
    try {
      return await next(inHand, signal);
    } finally {
      leave();
    }
  };
  return (inHand, signal) => {
    const slots = slotsFor(inHand);
    return slots ? go(slots, inHand, signal) : next(inHand, signal);
  };
}
