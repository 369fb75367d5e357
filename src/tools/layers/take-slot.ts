import type { Layer } from '../call-in-hand.ts';
import type { ToolPlaces } from '../place/tool-places.ts';
import { Slots } from '../slots.ts';
import { withinSlots } from './within-slots.ts';

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
    const amongAll = withinSlots('slot', () => all, next);
    // A tool may be moved to another place while the run goes on.
    const inPlace = withinSlots(
      'slot',
      () => {
        const capacity = places.capacityOf(tool);
        return capacity === Number.POSITIVE_INFINITY ? undefined : slotsOf(`place ${places.placeOf(tool)}`, capacity);
      },
      amongAll,
    );
    if (concurrency === undefined) return inPlace;
    const ofTool = slotsOf(`tool ${tool.spec.name}`, concurrency);
    return withinSlots('slot', () => ofTool, inPlace);
  };
}
