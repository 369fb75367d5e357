import type { Bar, ConversationRow } from '../conversation-row.ts';
import { HEAD_HEIGHT } from './plot.ts';
import type { RowsInSight } from './timeline-rows.ts';

/** What is at a point of a timeline. */
export interface UnderPoint {
  readonly row: ConversationRow | undefined;
  readonly bar: Bar | undefined;
  /** Nothing beside what time is drawn on. */
  readonly ms: number | undefined;
}

/** What is at a point, in pixels from the top left of what is in sight. */
export function underPoint(
  { x, y }: { readonly x: number; readonly y: number },
  { rows, tops, plot, scrollTop }: Pick<RowsInSight, 'rows' | 'tops' | 'plot' | 'scrollTop'>,
): UnderPoint {
  const msPerPixel = (plot.toMs - plot.fromMs) / (plot.right - plot.left);
  const ms = x >= plot.left && x <= plot.right ? plot.fromMs + (x - plot.left) * msPerPixel : undefined;
  const offset = y - HEAD_HEIGHT + scrollTop;
  const at = tops.at(offset);
  const row = y < HEAD_HEIGHT || offset >= tops.total ? undefined : rows[at];
  if (!row || ms === undefined) return { row, ms, bar: undefined };
  const { laneHeight, laneGap } = tops.lanesOf(row);
  const lane = Math.floor((offset - tops.topOf(at) - tops.padding) / (laneHeight + laneGap));
  return {
    row,
    ms,
    bar: barAt(ms, tops.isCompact ? row.bars : row.bars.filter((bar) => bar.lane === lane), 2 * msPerPixel),
  };
}

/** The bar at a moment, or within `nearMs` where none is there exactly. */
function barAt(ms: number, bars: readonly Bar[], nearMs: number): Bar | undefined {
  let near: Bar | undefined;
  let leastMs = nearMs;
  for (const bar of bars) {
    const awayMs = Math.max(bar.startMs - ms, ms - bar.endMs, 0);
    if (awayMs > leastMs || (awayMs === leastMs && near && near.kind !== 'wait')) continue;
    near = bar;
    leastMs = awayMs;
  }
  return near;
}
