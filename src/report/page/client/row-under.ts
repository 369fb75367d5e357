import type { Bar, ConversationRow } from '../conversation-row.ts';

/** The bar at a moment in a lane, or in any: within `nearMs` where none is there exactly. */
export function barAt(row: ConversationRow, lane: number | undefined, ms: number, nearMs: number): Bar | undefined {
  let near: Bar | undefined;
  let leastMs = nearMs;
  for (const bar of row.bars) {
    if (lane !== undefined && bar.lane !== lane) continue;
    const awayMs = Math.max(bar.startMs - ms, ms - bar.endMs, 0);
    if (awayMs > leastMs || (awayMs === leastMs && near && near.kind !== 'wait')) continue;
    near = bar;
    leastMs = awayMs;
  }
  return near;
}
