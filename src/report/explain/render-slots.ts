import { entriesOf } from '../entries-of.ts';
import type { ModeExplanation } from './explain-run.ts';
import type { SlotUse } from './slot-use.ts';
import { textTable } from './text-table.ts';
import { IDLE_REASONS } from './words.ts';

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** What is shown as 0.00 says nothing. */
const WORTH_SAYING = 0.005;

/** Achieved against allowed concurrency over time as a row of bars, and why slots did no work. */
export function renderSlots({ slots: { whole, parts } }: ModeExplanation): string[] {
  const most = Math.max(...parts.map(({ allowed }) => allowed), 0);
  const bars = parts.map((part) => EIGHTHS[Math.round((workOf(part) / most) * 8)] ?? ' ').join('');
  const idle = idleOf(whole).filter(([, mean]) => mean >= WORTH_SAYING);
  const rows = [
    [workOf(whole).toFixed(2), 'working: with the model or in tools'],
    ...idle.map(([reason, mean]) => [mean.toFixed(2), IDLE_REASONS[reason]]),
    [whole.allowed.toFixed(2), 'allowed'],
  ];
  return [...(most > 0 ? [`  │${bars}│`] : []), ...textTable(rows, '><')];
}

/** How many slots at once did work. */
function workOf({ held }: SlotUse): number {
  return (held.model ?? 0) + (held.tools ?? 0);
}

type IdleReason = keyof typeof IDLE_REASONS;

function idleOf({ held, empty }: SlotUse): readonly (readonly [IdleReason, number])[] {
  const { model: _, tools: __, ...waiting } = held;
  return [...entriesOf(waiting), ...entriesOf(empty)].sort(([, one], [, other]) => other - one);
}
