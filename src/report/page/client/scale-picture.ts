import { Lanes } from '../../formats/lanes.ts';
import { showDuration } from '../../show-number.ts';
import { FullLimits } from '../../spans/full-limits.ts';
import type { ModeSpans } from '../../spans/run-spans.ts';
import { statePieces, stateSegments } from '../../spans/time-states.ts';
import type { ModePicture } from '../mode-picture.ts';
import { knownAttempts } from '../run-figures.ts';
import { element, fitCanvas } from './dom.ts';
import type { Palette } from './palette.ts';
import { palette } from './palette.ts';

/** A stretch of one colour in one lane. */
interface Piece {
  readonly lane: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: 'model' | 'tool' | 'wait';
}

/** A strip of the picture: all of them have the same scale. */
interface Strip {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly lengthMs: number;
  readonly lanes: number;
  readonly isEstimate: boolean;
  readonly pieces: readonly Piece[];
}

/** One after another beside side by side, to scale: an estimate is hatched and called one. */
export function scalePicture(pictures: readonly ModePicture[], prefixes: readonly string[] = []): HTMLElement {
  const strips = pictures.flatMap((picture, at) => stripsOf(picture, pictures, prefixes[at] ?? ''));
  const longestMs = Math.max(1, ...strips.map(({ lengthMs }) => lengthMs));
  return element('div', { class: 'scale' }, ...strips.map((strip) => stripNode(strip, longestMs)));
}

function stripsOf(picture: ModePicture, all: readonly ModePicture[], prefix: string): readonly Strip[] {
  const { spans, figures } = picture;
  const isMeasuredToo = prefix === '' && all.some((each) => each.spans.mode === 'sequential');
  const measured = strip(picture, prefix, noteOn(picture, all, isMeasuredToo));
  if (spans.mode === 'sequential' || isMeasuredToo) return [measured];
  const estimate: Strip = {
    label: `${prefix}sequential`,
    value: showDuration(figures.sequentialMs),
    note: `estimated: the same model and tool calls${spans.ending === 'open' ? ' so far' : ''}, one after another`,
    lengthMs: figures.sequentialMs,
    lanes: 1,
    isEstimate: true,
    pieces: laidEndToEnd(spans),
  };
  return [estimate, measured];
}

function noteOn({ spans, figures, timed }: ModePicture, all: readonly ModePicture[], isMeasuredToo: boolean): string {
  if (spans.mode === 'sequential') return `${timed}: one conversation and one tool call at a time`;
  const sequential = all.find((each) => each.spans.mode === 'sequential');
  const againstMs = isMeasuredToo && sequential ? sequential.figures.wallMs : figures.sequentialMs;
  if (againstMs === 0) return timed;
  const times = againstMs / Math.max(1, figures.wallMs);
  if (Math.abs(times - 1) < 0.05) return `${timed}; about as fast${isMeasuredToo ? '' : ' as estimated'}`;
  const faster = times >= 1 ? `${times.toFixed(1)} times faster` : `${(1 / times).toFixed(1)} times slower`;
  return `${timed}; ${faster}${isMeasuredToo ? '' : ' than estimated'}`;
}

function strip({ spans, figures }: ModePicture, prefix: string, note: string): Strip {
  const limits = new FullLimits(spans);
  const pieces: Piece[] = [];
  const stretches = spans.conversations
    .flatMap((conversation) => conversation.stretches.map((stretch) => ({ conversation, stretch })))
    .sort((one, other) => one.stretch.startMs - other.stretch.startMs);
  const slots = stretches.reduce((most, { stretch: { slot = 0 } }) => Math.max(most, slot + 1), 1);
  let lanes = slots;
  // Those that were delegated hold no slot; their work is part of what is compared all the same.
  const below = new Lanes();
  for (const { conversation, stretch } of stretches) {
    const lane = stretch.slot ?? slots + below.take(stretch.startMs, stretch.endMs);
    lanes = Math.max(lanes, lane + 1);
    for (const { state, startMs, endMs } of stateSegments([stretch], statePieces(conversation, limits))) {
      const kind = state === 'model' ? 'model' : state === 'tools' ? 'tool' : 'wait';
      pieces.push({ lane, startMs: startMs - spans.startMs, endMs: endMs - spans.startMs, kind });
    }
  }
  const value = showDuration(figures.wallMs);
  return { label: `${prefix}${spans.mode}`, value, note, lengthMs: figures.wallMs, lanes, isEstimate: false, pieces };
}

function laidEndToEnd({ conversations }: ModeSpans): readonly Piece[] {
  const pieces: Piece[] = [];
  let nowMs = 0;
  const add = (kind: Piece['kind'], ms: number) => {
    if (ms > 0) pieces.push({ lane: 0, startMs: nowMs, endMs: nowMs + ms, kind });
    nowMs += ms;
  };
  for (const { models, tools } of conversations) {
    const spans = [...models, ...tools].sort((one, other) => one.startMs - other.startMs);
    for (const span of spans) {
      if ('ranMs' in span) add('tool', span.ranMs);
      else for (const { startMs, endMs } of knownAttempts(span)) add('model', endMs - startMs);
    }
  }
  return pieces;
}

function stripNode(strip: Strip, longestMs: number): HTMLElement {
  const canvas = element('canvas', { attributes: { role: 'img', 'aria-label': `${strip.label} ${strip.value}` } });
  const holder = element('div', { class: 'strip-drawing' }, canvas);
  const draw = () => drawStrip(canvas, holder.clientWidth, strip, longestMs);
  new ResizeObserver(draw).observe(holder);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => requestAnimationFrame(draw));
  document.addEventListener('themechange', draw);
  return element(
    'div',
    { class: 'strip' },
    element(
      'div',
      { class: 'strip-label' },
      element('span', {}, strip.label),
      element('b', { class: 'number' }, strip.value),
    ),
    holder,
    element('div', { class: 'strip-note' }, strip.note),
  );
}

function drawStrip(canvas: HTMLCanvasElement, width: number, strip: Strip, longestMs: number): void {
  const laneHeight = strip.lanes === 1 ? 16 : Math.min(12, Math.max(0.5, 96 / strip.lanes));
  const gap = laneHeight >= 4 && strip.lanes > 1 ? 1 : 0;
  const height = strip.lanes * laneHeight;
  if (width === 0) return;
  const context = fitCanvas(canvas, width, height);
  const colors = palette();
  const scale = width / longestMs;
  context.fillStyle = colors.stripe;
  context.fillRect(0, 0, Math.max(1, strip.lengthMs * scale), height);
  for (const { lane, startMs, endMs, kind } of strip.pieces) {
    if (kind === 'wait') continue;
    context.fillStyle = colors[kind];
    context.fillRect(startMs * scale, lane * laneHeight, (endMs - startMs) * scale, laneHeight - gap);
  }
  if (strip.isEstimate) hatch(context, strip.lengthMs * scale, height, colors);
}

function hatch(context: CanvasRenderingContext2D, width: number, height: number, colors: Palette): void {
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.strokeStyle = colors.surface;
  context.globalAlpha = 0.55;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = -height; x < width; x += 6) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}
