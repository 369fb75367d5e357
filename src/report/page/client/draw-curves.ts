import { showCount } from '../../show-number.ts';
import type { Curves } from '../mode-picture.ts';
import type { StepCurve } from '../step-curve.ts';
import { firstAfter } from '../step-curve.ts';
import type { Palette } from './palette.ts';

export interface CurvePlace {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly xOf: (ms: number) => number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Draws the curves over time, with a scale of how many at once. */
export function drawCurves(
  context: CanvasRenderingContext2D,
  curves: Curves,
  place: CurvePlace,
  colors: Palette,
): void {
  const most = mostOf(curves);
  const yOf = (count: number) => place.bottom - ((place.bottom - place.top) * count) / most;
  drawScale(context, most, yOf, place, colors);
  context.save();
  context.beginPath();
  context.rect(place.left, place.top - 8, place.right - place.left, place.bottom - place.top + 9);
  context.clip();
  trace(context, curves.conversations, curves.endMs, place, yOf);
  context.lineTo(place.xOf(Math.min(curves.endMs, place.toMs)), place.bottom);
  context.lineTo(place.xOf(Math.max(curves.conversations.timesMs[0] ?? 0, place.fromMs)), place.bottom);
  context.fillStyle = colors.area;
  context.fill();
  line(context, curves.toolCalls, curves.endMs, place, yOf, { color: colors.tool, width: 1.5, dash: [] });
  line(context, curves.requests, curves.endMs, place, yOf, { color: colors.model, width: 1.5, dash: [] });
  line(context, curves.allowed, curves.endMs, place, yOf, { color: colors.muted, width: 1, dash: [4, 3] });
  for (const { curve } of curves.limits) {
    line(context, curve, curves.endMs, place, yOf, { color: colors.ink, width: 1, dash: [1, 2] });
  }
  drawRefusals(context, curves.refusalsMs, place, colors);
  context.restore();
}

/** The most that is drawn: a limit that is far above everything else would press all else flat. */
function mostOf({ conversations, requests, toolCalls, allowed, limits }: Curves): number {
  const used = Math.max(conversations.most, requests.most, toolCalls.most, allowed.most, 1);
  const limit = limits.reduce((most, { curve }) => Math.max(most, curve.most), 0);
  return Math.max(used, Math.min(limit, used * 1.5)) * 1.05;
}

function drawScale(
  context: CanvasRenderingContext2D,
  most: number,
  yOf: (count: number) => number,
  place: CurvePlace,
  colors: Palette,
): void {
  const step = [1, 2, 5].flatMap((one) => [1, 10, 100, 1000, 10_000].map((ten) => one * ten)).sort((a, b) => a - b);
  const wanted = step.find((each) => most / each <= 3.5) ?? most;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let count = 0; count <= most; count += wanted) {
    const y = Math.round(yOf(count)) + 0.5;
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(place.left, y);
    context.lineTo(place.right, y);
    context.stroke();
    context.fillStyle = colors.muted;
    context.fillText(showCount(count), place.left - 8, y);
  }
}

interface LineStyle {
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
}

function line(
  context: CanvasRenderingContext2D,
  curve: StepCurve,
  endMs: number,
  place: CurvePlace,
  yOf: (count: number) => number,
  { color, width, dash }: LineStyle,
): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash([...dash]);
  trace(context, curve, endMs, place, yOf);
  context.stroke();
  context.setLineDash([]);
}

/** A path along the steps that are in sight: within a pixel only down to the least and up to the most. */
function trace(
  context: CanvasRenderingContext2D,
  { timesMs, counts }: StepCurve,
  endMs: number,
  { fromMs, toMs, xOf }: CurvePlace,
  yOf: (count: number) => number,
): void {
  context.beginPath();
  let at = Math.max(0, firstAfter(timesMs, fromMs) - 1);
  if (timesMs.length === 0) return;
  let x = xOf(Math.max(timesMs[at] ?? 0, fromMs));
  let y = yOf(counts[at] ?? 0);
  context.moveTo(x, y);
  for (at += 1; at < timesMs.length && (timesMs[at] ?? 0) <= toMs; at++) {
    const nextX = xOf(timesMs[at] ?? 0);
    if (nextX - x >= 0.5) {
      x = nextX;
      context.lineTo(x, y);
    }
    y = yOf(counts[at] ?? 0);
    context.lineTo(x, y);
  }
  context.lineTo(xOf(Math.min(endMs, toMs)), y);
}

function drawRefusals(
  context: CanvasRenderingContext2D,
  refusalsMs: readonly number[],
  { top, fromMs, toMs, xOf, bottom }: CurvePlace,
  colors: Palette,
): void {
  let last = Number.NEGATIVE_INFINITY;
  let lastMark = Number.NEGATIVE_INFINITY;
  for (let at = firstAfter(refusalsMs, fromMs - 1); at < refusalsMs.length; at++) {
    const atMs = refusalsMs[at] ?? 0;
    if (atMs > toMs) break;
    const x = xOf(atMs);
    if (x - last < 1) continue;
    context.strokeStyle = colors.fail;
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
    context.globalAlpha = 1;
    last = x;
    if (x - lastMark < 7) continue;
    lastMark = x;
    context.fillStyle = colors.fail;
    context.beginPath();
    context.moveTo(x, top + 3);
    context.lineTo(x - 4, top - 5);
    context.lineTo(x + 4, top - 5);
    context.fill();
  }
}
