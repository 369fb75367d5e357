import type { Clock } from '../../contract/clock.ts';
import type { Tool } from '../../contract/tool.ts';
import type { Layer } from '../call-in-hand.ts';
import type { ToolPlaces } from '../place/tool-places.ts';
import { Slots } from '../slots.ts';

/**
 * Lets only so many calls run at once: of a tool by its `concurrency`, in threads and in processes by their number, and
 * of all tools by the run's cap. That one is taken last, so that nobody holds it while waiting for another.
 */
export function takeSlot(toolConcurrency: number, places: ToolPlaces, clock: Clock): Layer {
  const all = new Slots(toolConcurrency, clock);
  const narrower = new Map<string, Slots>();
  const slotsOf = (name: string, capacity: number) => {
    const slots = narrower.get(name) ?? new Slots(capacity, clock);
    narrower.set(name, slots);
    return slots;
  };
  const slotsFor = (tool: Tool): readonly Slots[] => {
    const { concurrency } = tool.policy;
    const capacity = places.capacityOf(tool);
    return [
      ...(concurrency === undefined ? [] : [slotsOf(`tool ${tool.spec.name}`, concurrency)]),
      ...(capacity === Number.POSITIVE_INFINITY ? [] : [slotsOf(`place ${places.placeOf(tool)}`, capacity)]),
      all,
    ];
  };
  return async ({ tool, context, story }, signal, next) => {
    const { priority } = tool.policy;
    const { conversation: owner, expectedMs } = context;
    const place = { owner, expectedMs, ...(priority === undefined ? {} : { priority }) };
    const taken: (() => void)[] = [];
    try {
      for (const slots of slotsFor(tool)) taken.push(await story.waiting('slot', slots.take(place, signal)));
      return await next(signal);
    } finally {
      for (const leave of taken) leave();
    }
  };
}
