import type { ModePicture } from '../mode-picture.ts';
import type { TimeTick } from '../time-ticks.ts';
import { timeTicks } from '../time-ticks.ts';
import { element, fitCanvas } from './dom.ts';
import { drawCurves } from './draw-curves.ts';
import type { Palette } from './palette.ts';
import { palette } from './palette.ts';
import type { Plot } from './plot.ts';
import { AXIS_HEIGHT, CURVES_HEIGHT, FONT, HEAD_HEIGHT } from './plot.ts';

const TICK_WIDTH = 84;

/** The marks of a timeline's axis. */
export function ticksOf({ left, right, fromMs, toMs }: Plot): readonly TimeTick[] {
  return timeTicks(fromMs, toMs, (right - left) / TICK_WIDTH);
}

/** The curves and the axis. Kept until they change: curves have many more steps than rows in sight have bars. */
export class TimelineHead {
  readonly #canvas = element('canvas', {});
  #drawnOf: readonly unknown[] = [];

  draw(onto: CanvasRenderingContext2D, picture: ModePicture, plot: Plot, width: number): void {
    const of = [picture, palette(), width, plot.fromMs, plot.toMs, window.devicePixelRatio];
    if (!of.every((each, at) => each === this.#drawnOf[at])) {
      this.#drawnOf = of;
      drawHead(fitCanvas(this.#canvas, width, HEAD_HEIGHT), picture, plot, width);
    }
    onto.drawImage(this.#canvas, 0, 0, width, HEAD_HEIGHT);
  }
}

function drawHead(context: CanvasRenderingContext2D, picture: ModePicture, plot: Plot, width: number): void {
  const colors = palette();
  context.font = FONT;
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, width, HEAD_HEIGHT);
  drawAxis(context, plot, width, colors);
  drawCurves(context, picture.curves, { ...plot, top: 18, bottom: CURVES_HEIGHT + 8 }, colors);
  context.fillStyle = colors.muted;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText('at once', 8, 18);
  context.strokeStyle = colors.line;
  context.beginPath();
  context.moveTo(0, HEAD_HEIGHT - 0.5);
  context.lineTo(width, HEAD_HEIGHT - 0.5);
  context.stroke();
}

function drawAxis(context: CanvasRenderingContext2D, plot: Plot, width: number, colors: Palette): void {
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  context.fillStyle = colors.muted;
  for (const { atMs, label } of ticksOf(plot)) {
    const half = context.measureText(label).width / 2;
    const x = Math.min(plot.xOf(atMs), width - half - 4);
    context.fillText(label, x, HEAD_HEIGHT - AXIS_HEIGHT / 2 - 2);
  }
}
