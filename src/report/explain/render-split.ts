import { showDuration } from '../show-number.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { ModeExplanation } from './explain-run.ts';
import { totalOf } from './split.ts';
import { textTable } from './text-table.ts';
import { SHORT_MS, STATE_LABELS, showShare } from './words.ts';

/** What the conversations' time went into, summed over those of prompts. */
export function renderSplit({ mode, split, wallMs, conversations, slots }: ModeExplanation): string[] {
  const own = conversations.filter(({ parent }) => parent === undefined);
  const sumMs = totalOf(split);
  const queuedMs = own.reduce((sum, each) => sum + each.queuedMs, 0);
  const atOnce = (ms: number) => `${(ms / wallMs || 0).toFixed(2)} at once`;
  const rows = TIME_STATES.filter((state) => split[state] >= SHORT_MS || state === 'overhead').map((state) => {
    const ms = split[state];
    return [STATE_LABELS[state], showDuration(ms), showShare(ms / sumMs || 0), atOnce(ms)];
  });
  const allowed = Number(slots.whole.allowed.toFixed(2));
  const together = `${atOnce(sumMs)}, of ${allowed} allowed, in ${showDuration(wallMs)}`;
  const queued =
    queuedMs >= SHORT_MS && mode === 'parallel'
      ? [['queued', showDuration(queuedMs), '', 'before their start; in no number above']]
      : [];
  return textTable([...rows, ['together', showDuration(sumMs), '100 %', together], ...queued], '<>><');
}
