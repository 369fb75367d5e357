import { fateOf } from '../spans/fate.ts';
import type { ConversationSpans, ModeSpans } from '../spans/run-spans.ts';
import type { TimeState } from '../spans/time-states.ts';
import { statePieces, stateSegments } from '../spans/time-states.ts';

/** What a conversation did in the time of one column: mostly, but for marks, which always show. */
export type Cell = 'model' | 'tools' | 'waiting' | 'overhead' | 'handoff' | 'failed' | 'none';

/** A conversation in so many columns from its mode's start on. */
export function ganttCells(
  spans: ConversationSpans,
  { startMs: modeStartMs }: Pick<ModeSpans, 'startMs'>,
  { msPerCell, width }: { readonly msPerCell: number; readonly width: number },
): readonly Cell[] {
  const lengths = Array.from({ length: width }, () => new Map<Cell, number>());
  const placeOf = (ms: number) => Math.min(width - 1, Math.max(0, Math.floor((ms - modeStartMs) / msPerCell)));
  const lastPlace = (endMs: number) => Math.max(0, Math.min(width, Math.ceil((endMs - modeStartMs) / msPerCell)) - 1);
  for (const { state, startMs, endMs } of stateSegments(spans.stretches, statePieces(spans))) {
    for (let at = placeOf(startMs); at <= placeOf(endMs); at++) {
      const fromMs = Math.max(startMs, modeStartMs + at * msPerCell);
      const toMs = Math.min(endMs, modeStartMs + (at + 1) * msPerCell);
      const cell = CELLS[state] ?? 'waiting';
      if (toMs > fromMs) lengths[at]?.set(cell, (lengths[at]?.get(cell) ?? 0) + toMs - fromMs);
    }
  }
  // A little of something shows where there is nothing else.
  const cells = lengths.map(largest);
  for (const { atMs, failed } of spans.handoffs) if (!failed) cells[placeOf(atMs)] = 'handoff';
  if (fateOf(spans).isWrong) cells[lastPlace(spans.endMs)] = 'failed';
  return cells;
}

/** What most of several did in each column, of those that did anything. */
export function mostOf(rows: readonly (readonly Cell[])[]): readonly Cell[] {
  return (rows[0] ?? []).map((_, at) => {
    const counts = new Map<Cell, number>();
    for (const row of rows) {
      const cell = row[at] ?? 'none';
      if (cell !== 'none') counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    return largest(counts);
  });
}

const CELLS: Readonly<Partial<Record<TimeState, Cell>>> = { model: 'model', tools: 'tools', overhead: 'overhead' };

function largest(amounts: ReadonlyMap<Cell, number>): Cell {
  let largestCell: Cell = 'none';
  let most = 0;
  for (const [cell, amount] of amounts) {
    if (amount <= most) continue;
    largestCell = cell;
    most = amount;
  }
  return largestCell;
}
