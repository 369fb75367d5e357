import type { WaitReason, Waits } from '../contract/event.ts';
import { entriesOf } from './entries-of.ts';
import { showDuration } from './show-number.ts';

/** A shorter wait is the machine at work rather than a queue. */
export const WAIT_WORTH_SAYING_MS = 10;

/** What a call waited for, where it is worth saying: `  after 0.52 s for a lock`. */
export function showWaits(how: 'after' | 'besides', waits: Waits): string {
  const parts = entriesOf(waits)
    .filter(([, ms]) => ms >= WAIT_WORTH_SAYING_MS)
    .map(([reason, ms]) => `${showDuration(ms)} for ${WAITED_FOR[reason]}`);
  return parts.length === 0 ? '' : `  ${how} ${parts.join(', ')}`;
}

const WAITED_FOR: Readonly<Record<WaitReason, string>> = {
  dependency: 'other calls or tasks',
  approval: 'approval',
  rate: 'its rate',
  lock: 'a lock',
  turn: 'a slot of its turn',
  slot: 'a slot',
  retry: 'a retry',
};
