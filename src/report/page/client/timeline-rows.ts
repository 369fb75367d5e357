import type { PathStep } from '../../explain/conversation-path.ts';
import { showText } from '../../show-text.ts';
import { fateOf } from '../../spans/fate.ts';
import type { ConversationRow } from '../conversation-row.ts';
import { drawRow } from './draw-row.ts';
import { fitted } from './fitted-text.ts';
import { palette } from './palette.ts';
import type { Plot } from './plot.ts';
import { drawVertical, HEAD_HEIGHT } from './plot.ts';
import type { RowTops } from './row-tops.ts';
import { ticksOf } from './timeline-head.ts';

/** What of a timeline is in sight. */
export interface RowsInSight {
  readonly rows: readonly ConversationRow[];
  readonly tops: RowTops;
  readonly plot: Plot;
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly selected: ConversationRow | undefined;
  /** The critical path, if it is to be drawn. */
  readonly path: readonly PathStep[];
  readonly resumesMs: readonly number[];
}

/** Small rows have room for a name only now and then. */
const NAME_HEIGHT = 22;

/** Draws the rows that are in sight, with the grid below them and marks above. */
export function drawRows(context: CanvasRenderingContext2D, sight: RowsInSight): void {
  const { rows, tops, plot, width, height, scrollTop, selected } = sight;
  const colors = palette();
  drawGrid(context, sight);
  context.textBaseline = 'middle';
  let namedTo = Number.NEGATIVE_INFINITY;
  for (let at = tops.at(scrollTop); at < rows.length; at++) {
    const row = rows[at];
    const top = HEAD_HEIGHT + tops.topOf(at) - scrollTop;
    if (!row || top > height) break;
    const rowHeight = tops.topOf(at + 1) - tops.topOf(at);
    if (row === selected || (at % 2 === 1 && !tops.isCompact)) {
      context.fillStyle = row === selected ? colors.selected : colors.stripe;
      context.globalAlpha = 0.7;
      context.fillRect(0, top, width, rowHeight);
      context.globalAlpha = 1;
    }
    if (tops.isCompact) drawFailure(context, row, { top, height: rowHeight }, plot);
    if (top >= namedTo) {
      drawName(context, row, { top, height: rowHeight, isCompact: tops.isCompact }, plot);
      namedTo = tops.isCompact ? top + NAME_HEIGHT : top;
    }
    context.save();
    context.beginPath();
    context.rect(plot.left, top, plot.right - plot.left + 4, rowHeight);
    context.clip();
    drawRow(context, row, { ...plot, ...tops.lanesOf(row), top: top + tops.padding }, colors);
    context.restore();
  }
  drawPath(context, sight);
  drawResumes(context, sight);
}

function drawGrid(context: CanvasRenderingContext2D, { plot, height }: RowsInSight): void {
  context.strokeStyle = palette().line;
  context.lineWidth = 1;
  for (const { atMs } of ticksOf(plot)) drawVertical(context, plot.xOf(atMs), HEAD_HEIGHT, height);
}

interface NamePlace {
  readonly top: number;
  readonly height: number;
}

function drawFailure(context: CanvasRenderingContext2D, row: ConversationRow, place: NamePlace, plot: Plot): void {
  if (!fateOf(row.spans).isWrong) return;
  context.fillStyle = palette().fail;
  context.fillRect(plot.left - 8, place.top, 4, Math.max(1, place.height - 1));
}

function drawName(
  context: CanvasRenderingContext2D,
  row: ConversationRow,
  { top, height, isCompact }: NamePlace & { readonly isCompact: boolean },
  plot: Plot,
): void {
  const { spans, depth } = row;
  const colors = palette();
  const left = 8 + Math.min(depth, 4) * 12;
  const room = plot.left - left - 10;
  const y = isCompact ? top + 6 : top + Math.min(height, 26) / 2;
  const name = fitted(context, `${depth > 0 ? '↳ ' : ''}${showText(spans.conversation)}`, room);
  const { isWrong, words } = fateOf(spans);
  const full = isWrong ? `${name}  ✕ ${words}` : name;
  context.textAlign = 'left';
  context.fillStyle = isWrong ? colors.fail : depth > 0 || isCompact ? colors.muted : colors.ink;
  context.fillText(context.measureText(full).width <= room ? full : name, left, y);
}

/** What made the mode's time: a line below the bars that it goes through, joined where it changes rows. */
function drawPath(context: CanvasRenderingContext2D, { rows, tops, plot, height, scrollTop, path }: RowsInSight): void {
  if (path.length === 0) return;
  const places = new Map(rows.map(({ spans }, at) => [spans.conversation, at]));
  context.save();
  context.beginPath();
  context.rect(plot.left, HEAD_HEIGHT, plot.right - plot.left, height);
  context.clip();
  context.strokeStyle = palette().ink;
  context.lineWidth = 2;
  context.beginPath();
  let isBegun = false;
  for (const { conversation, startMs, endMs } of path) {
    const at = conversation === undefined ? undefined : places.get(conversation);
    if (at === undefined) continue;
    const y = HEAD_HEIGHT + tops.topOf(at + 1) - scrollTop - 1.5;
    if (isBegun) context.lineTo(plot.xOf(startMs), y);
    else context.moveTo(plot.xOf(startMs), y);
    context.lineTo(plot.xOf(endMs), y);
    isBegun = true;
  }
  context.stroke();
  context.restore();
}

function drawResumes(context: CanvasRenderingContext2D, { plot, height, resumesMs }: RowsInSight): void {
  context.strokeStyle = palette().ink;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  for (const atMs of resumesMs) {
    const x = plot.xOf(atMs);
    if (x >= plot.left && x <= plot.right) drawVertical(context, x, HEAD_HEIGHT, height);
  }
  context.setLineDash([]);
}
