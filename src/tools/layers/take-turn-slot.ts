import type { Layer } from '../call-in-hand.ts';
import { withinSlots } from './within-slots.ts';

/** Lets only so many calls of one turn run at once. */
export function takeTurnSlot(): Layer {
  return (_tool, next) => withinSlots('turn', ({ context }) => context.slots, next);
}
