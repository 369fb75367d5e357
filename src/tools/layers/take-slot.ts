import type { CallInHand, Layer, RunThrough } from '../call-in-hand.ts';
import type { ToolPlaces } from '../place/tool-places.ts';
import { Slots } from '../slots.ts';

/**
 * Lets only so many calls run at once: of a tool by its `concurrency`, in threads and in processes by their number, and
 * of all tools by the run's cap. That one is taken last, so that nobody holds it while waiting for another.
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
    const amongAll = within(() => all, next);
    // A tool may be moved to another place while the run goes on.
    const inPlace = within(() => {
      const capacity = places.capacityOf(tool);
      return capacity === Number.POSITIVE_INFINITY ? undefined : slotsOf(`place ${places.placeOf(tool)}`, capacity);
    }, amongAll);
    if (concurrency === undefined) return inPlace;
    const ofTool = slotsOf(`tool ${tool.spec.name}`, concurrency);
    return within(() => ofTool, inPlace);
  };
}

/** Goes on with one of the slots, where there are any to be had. */
function within(slotsNow: () => Slots | undefined, next: RunThrough): RunThrough {
  const go = async (slots: Slots, inHand: CallInHand, signal: AbortSignal) => {
    const { tool, context, story } = inHand;
    const { conversation: owner, expectedMs } = context;
    const place = { owner, expectedMs, sinceMs: story.askedAtMs, priority: tool.policy.priority };
    const slot = slots.take(place, signal);
    const leave = slot instanceof Promise ? await story.waiting('slot', slot) : slot;
    try {
      return await next(inHand, signal);
    } finally {
      leave();
    }
  };
  return (inHand, signal) => {
    const slots = slotsNow();
    return slots ? go(slots, inHand, signal) : next(inHand, signal);
  };
}
