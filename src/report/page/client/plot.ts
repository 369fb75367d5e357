import type { TimeView } from './time-view.ts';

/** Where time is drawn in a timeline: names stand left of `left`. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly xOf: (ms: number) => number;
}

export const CURVES_HEIGHT = 84;
export const AXIS_HEIGHT = 24;
/** Of the curves and the axis, which stay while rows are scrolled. */
export const HEAD_HEIGHT = CURVES_HEIGHT + AXIS_HEIGHT + 16;

export const FONT = '12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif';

const RIGHT_MARGIN = 14;
const MOST_NAME_WIDTH = 220;
const LEAST_NAME_WIDTH = 96;

/** Lays a part of time out over a width. */
export function plotOf({ fromMs, toMs }: TimeView, width: number): Plot {
  const left = Math.round(Math.min(MOST_NAME_WIDTH, Math.max(LEAST_NAME_WIDTH, width * 0.2)));
  const right = Math.max(left + 10, width - RIGHT_MARGIN);
  const scale = (right - left) / (toMs - fromMs);
  return { left, right, fromMs, toMs, xOf: (ms) => left + (ms - fromMs) * scale };
}

/** A sharp line from top to bottom. */
export function drawVertical(context: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  const sharp = Math.round(x) + 0.5;
  context.beginPath();
  context.moveTo(sharp, top);
  context.lineTo(sharp, bottom);
  context.stroke();
}
