import type { Bar, ConversationRow, HandoffArrow } from '../conversation-row.ts';
import type { Palette } from './palette.ts';

/** Where a row is drawn, and what time is where. */
export interface RowPlace {
  readonly top: number;
  readonly laneHeight: number;
  readonly laneGap: number;
  readonly left: number;
  readonly right: number;
  readonly xOf: (ms: number) => number;
}

/** Draws the bars and arrows of a conversation, those left out that are out of sight or would cover each other. */
export function drawRow(
  context: CanvasRenderingContext2D,
  row: ConversationRow,
  place: RowPlace,
  colors: Palette,
): void {
  const lastX: number[] = [];
  for (const bar of row.bars) {
    const x = Math.max(place.xOf(bar.startMs), place.left);
    const end = Math.min(place.xOf(bar.endMs), place.right);
    if (end < place.left || x > place.right) continue;
    // Bars that share a pixel: the first stands for all, unless one failed.
    if (end - x < 1 && !bar.isFailed && x - (lastX[bar.lane] ?? -2) < 0.5) continue;
    lastX[bar.lane] = Math.max(x, end);
    drawBar(context, bar, { x, width: Math.max(end - x, bar.kind === 'wait' ? 0.5 : 1) }, place, colors);
  }
  if (place.laneHeight < 4) return;
  for (const arrow of row.arrows) drawArrow(context, arrow, place, colors);
}

function drawBar(
  context: CanvasRenderingContext2D,
  bar: Bar,
  { x, width }: { readonly x: number; readonly width: number },
  place: RowPlace,
  colors: Palette,
): void {
  const height = place.laneHeight;
  const y = place.top + bar.lane * (height + place.laneGap);
  switch (bar.kind) {
    case 'wait':
      context.fillStyle = colors.wait;
      // Where rows are small there is no room to make it thin.
      context.globalAlpha = height < 4 ? 0.4 : 1;
      context.fillRect(x, y + height / 2 - thin(height) / 2, width, thin(height));
      context.globalAlpha = 1;
      return;
    case 'model':
      context.fillStyle = bar.isFailed ? colors.fail : colors.model;
      context.fillRect(x, y, width, height);
      drawUntilFirstToken(context, bar, { x, width, y, height }, place, colors);
      break;
    case 'tool':
      context.fillStyle = bar.isFailed ? colors.fail : colors.tool;
      context.fillRect(x, y, width, height);
      break;
    case 'shared':
      context.strokeStyle = colors.tool;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 1), Math.max(1, height - 1));
      break;
    case 'task':
      context.fillStyle = bar.isFailed ? colors.fail : colors.task;
      context.fillRect(x, y + height / 2 - 1, width, 2);
      context.fillRect(x, y, Math.min(2, width), height);
      context.fillRect(x + width - Math.min(2, width), y, Math.min(2, width), height);
      break;
    default:
      bar.kind satisfies never;
  }
  if (height < 6) return;
  if (bar.isFailed && width >= 7)
    drawCross(context, x + width / 2, y + height / 2, Math.min(3, height / 3), colors.surface);
  if (bar.isCut && width > 3) drawTornEnd(context, x + width, y, height, colors);
}

/** The wait for the first token is paler than what streams after it. */
function drawUntilFirstToken(
  context: CanvasRenderingContext2D,
  { span, isFailed, startMs }: Bar,
  { x, width, y, height }: { readonly x: number; readonly width: number; readonly y: number; readonly height: number },
  place: RowPlace,
  colors: Palette,
): void {
  if (isFailed || !('firstTokenMs' in span) || span.firstTokenMs === undefined || span.firstTokenMs <= startMs) return;
  const until = Math.min(place.xOf(span.firstTokenMs), x + width);
  if (until <= x || width < 3) return;
  context.globalAlpha = 0.45;
  context.fillStyle = colors.surface;
  context.fillRect(x, y, until - x, height);
  context.globalAlpha = 1;
}

function drawCross(context: CanvasRenderingContext2D, x: number, y: number, size: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1.75;
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}

function drawTornEnd(context: CanvasRenderingContext2D, x: number, y: number, height: number, colors: Palette): void {
  context.fillStyle = colors.surface;
  context.beginPath();
  context.moveTo(x, y);
  for (let at = 0; at < 4; at++) {
    context.lineTo(x - 3, y + ((at + 0.5) * height) / 4);
    context.lineTo(x, y + ((at + 1) * height) / 4);
  }
  context.fill();
}

function drawArrow(
  context: CanvasRenderingContext2D,
  { fromMs, toMs, fromLane, toLane, isRefused }: HandoffArrow,
  place: RowPlace,
  colors: Palette,
): void {
  const fromX = place.xOf(fromMs);
  const toX = Math.max(place.xOf(toMs), fromX + 7);
  if (toX < place.left || fromX > place.right) return;
  const pitch = place.laneHeight + place.laneGap;
  const fromY = place.top + fromLane * pitch + place.laneHeight / 2;
  const toY = place.top + toLane * pitch + place.laneHeight / 2;
  context.strokeStyle = colors.handoff;
  context.fillStyle = colors.handoff;
  context.lineWidth = 1.75;
  if (isRefused) {
    drawCross(context, fromX, fromY, 4, colors.handoff);
    return;
  }
  context.beginPath();
  context.arc(fromX, fromY, 2, 0, 2 * Math.PI);
  context.fill();
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.bezierCurveTo(fromX + 5, fromY, Math.max(fromX, toX - 12), toY, toX - 4, toY);
  context.stroke();
  context.beginPath();
  context.moveTo(toX, toY);
  context.lineTo(toX - 6, toY - 3.5);
  context.lineTo(toX - 6, toY + 3.5);
  context.fill();
}

function thin(height: number): number {
  return Math.min(2, height);
}
