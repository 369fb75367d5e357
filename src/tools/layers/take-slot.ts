import type { WaitReason } from '../../contract/event.ts';
import type { CallInHand, Layer, RunThrough } from '../call-in-hand.ts';
import type { ToolPlaces } from '../place/tool-places.ts';
import { Slots } from '../slots.ts';

/**
 * Lets only so many calls run at once: of one turn, of a tool by its `concurrency`, in threads and in processes by their
 * number, and of all tools by the run's cap. They are taken in this order, always: that of the turn first, which nobody
 * else waits for, and that of the run last, so that nobody holds it while waiting for another.
 */
export function takeSlot(toolConcurrency: number, places: ToolPlaces): Layer {
  const all = new Slots(toolConcurrency);
  const narrower = new Map<string, Slots>();
  const slotsOf = (name: string, capacity: number) => {
    const slots = narrower.get(name) ?? new Slots(capacity);
    narrower.set(name, slots);
    return slots;
  };
  return (tool, next) => {
    const { concurrency } = tool.policy;
    const amongAll = within('slot', () => all, next);
    // A tool may be moved to another place while the run goes on.
    const inPlace = within(
      'slot',
      () => {
        const capacity = places.capacityOf(tool);
        return capacity === Number.POSITIVE_INFINITY ? undefined : slotsOf(`place ${places.placeOf(tool)}`, capacity);
      },
      amongAll,
    );
    const ofTool = concurrency === undefined ? undefined : slotsOf(`tool ${tool.spec.name}`, concurrency);
    const amongItsOwn = ofTool ? within('slot', () => ofTool, inPlace) : inPlace;
    return within('turn', ({ context }) => context.slots, amongItsOwn);
  };
}

/** Goes on with one of the slots, where there are any to be had. */
function within(reason: WaitReason, slotsFor: (inHand: CallInHand) => Slots | undefined, next: RunThrough): RunThrough {
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
