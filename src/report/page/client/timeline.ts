import { showText } from '../../show-text.ts';
import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { timeTicks } from '../time-ticks.ts';
import { element, fitCanvas } from './dom.ts';
import { drawCurves } from './draw-curves.ts';
import { drawRow } from './draw-row.ts';
import { palette } from './palette.ts';
import { RowTops } from './row-tops.ts';
import { barAt } from './row-under.ts';
import type { TimeView } from './time-view.ts';
import { Tooltip } from './tooltip.ts';
import { tellBar, tellMoment, tellRow } from './words.ts';

const CURVES_HEIGHT = 84;
const AXIS_HEIGHT = 24;
const HEAD_HEIGHT = CURVES_HEIGHT + AXIS_HEIGHT + 16;
const RIGHT_MARGIN = 14;
const MOST_HEIGHT_SHARE = 0.72;

/** What a timeline tells the page. */
export interface TimelineListener {
  onOpen(row: ConversationRow): void;
  onSelect(row: ConversationRow | undefined): void;
}

/** The conversations of one mode over time: only what is in sight is drawn, whenever something changes. */
export class Timeline {
  readonly node: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #view: TimeView;
  readonly #listener: TimelineListener;
  readonly #tooltip = new Tooltip();
  #picture: ModePicture;
  #resumesMs: readonly number[] = [];
  #rows: readonly ConversationRow[] = [];
  #tops = new RowTops([], false, 0);
  #isCompact = false;
  #showsPath = false;
  #selected: ConversationRow | undefined;
  #isDue = false;
  #labelledTo = 0;
  #drag: { readonly x: number; moved: boolean } | undefined;

  constructor(picture: ModePicture, view: TimeView, listener: TimelineListener) {
    this.#picture = picture;
    this.#view = view;
    this.#listener = listener;
    this.#canvas = element('canvas', { class: 'drawing' });
    this.#spacer = element('div', { class: 'spacer' });
    this.#scroller = element(
      'div',
      {
        class: 'scroller',
        attributes: {
          tabindex: '0',
          role: 'application',
          'aria-label':
            'Timeline of the conversations. The same is in the tables below. Arrow keys select and move, plus and minus zoom, Enter opens a conversation.',
        },
      },
      this.#canvas,
      this.#spacer,
    );
    this.node = element('div', { class: 'timeline' }, this.#scroller, this.#tooltip.node);
    view.onChange(() => this.draw());
    this.#listen();
    new ResizeObserver(() => this.#fit()).observe(this.node);
  }

  /** Other rows, or another picture, or both. */
  show(picture: ModePicture, rows: readonly ConversationRow[], resumesMs: readonly number[]): void {
    this.#picture = picture;
    this.#resumesMs = resumesMs;
    const selected = this.#selected?.spans.conversation;
    this.#rows = rows;
    this.#selected = rows.find(({ spans }) => spans.conversation === selected);
    this.#layOut();
  }

  /** Rows of a few pixels, so that many are seen at once. */
  setCompact(isCompact: boolean): void {
    this.#isCompact = isCompact;
    this.#layOut();
  }

  /** Whether the critical path is drawn. */
  setPath(showsPath: boolean): void {
    this.#showsPath = showsPath;
    this.draw();
  }

  /** Selects a conversation and brings it into sight. */
  select(row: ConversationRow | undefined): void {
    this.#selected = row;
    this.#listener.onSelect(row);
    const at = row ? this.#rows.indexOf(row) : -1;
    if (at >= 0) {
      const top = this.#tops.topOf(at);
      const bottom = this.#tops.topOf(at + 1);
      const height = this.#scroller.clientHeight - HEAD_HEIGHT;
      if (top < this.#scroller.scrollTop) this.#scroller.scrollTop = top;
      else if (bottom > this.#scroller.scrollTop + height) this.#scroller.scrollTop = bottom - height;
    }
    this.draw();
  }

  /** The next row below that is so, beginning anew from the top. */
  selectNext(isWanted: (row: ConversationRow) => boolean): void {
    const from = this.#selected ? this.#rows.indexOf(this.#selected) + 1 : 0;
    const after = [...this.#rows.slice(from), ...this.#rows.slice(0, from)];
    const next = after.find(isWanted);
    if (next) this.select(next);
  }

  focus(): void {
    this.#scroller.focus();
  }

  /** Once before the next frame, however often it is asked for. */
  draw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawNow();
    });
  }

  #layOut(): void {
    this.#tops = new RowTops(this.#rows, this.#isCompact, this.#mostHeight - HEAD_HEIGHT);
    this.#fit();
  }

  get #mostHeight(): number {
    return Math.max(260, window.innerHeight * MOST_HEIGHT_SHARE);
  }

  #fit(): void {
    const height = Math.min(this.#mostHeight, HEAD_HEIGHT + this.#tops.total + 8);
    this.#scroller.style.height = `${height}px`;
    // The canvas stands above it in the flow.
    this.#spacer.style.height = `${Math.max(0, HEAD_HEIGHT + this.#tops.total + 8 - height)}px`;
    this.draw();
  }

  get #gutter(): number {
    return Math.round(Math.min(220, Math.max(96, this.#scroller.clientWidth * 0.2)));
  }

  get #plot() {
    const left = this.#gutter;
    const right = Math.max(left + 10, this.#scroller.clientWidth - RIGHT_MARGIN);
    const { fromMs, toMs } = this.#view;
    const scale = (right - left) / (toMs - fromMs);
    return { left, right, fromMs, toMs, xOf: (ms: number) => left + (ms - fromMs) * scale };
  }

  #drawNow(): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#scroller;
    if (width === 0) return;
    const colors = palette();
    const context = fitCanvas(this.#canvas, width, height);
    const plot = this.#plot;
    context.font = FONT;
    this.#drawGrid(context, height);
    this.#drawRows(context, width, height, scrollTop);
    this.#drawResumes(context, height);
    context.fillStyle = colors.surface;
    context.fillRect(0, 0, width, HEAD_HEIGHT);
    this.#drawAxis(context);
    drawCurves(context, this.#picture.curves, { ...plot, top: 18, bottom: CURVES_HEIGHT + 8 }, colors);
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

  get #ticks() {
    const { left, right, fromMs, toMs } = this.#plot;
    return timeTicks(fromMs, toMs, (right - left) / 84);
  }

  #drawGrid(context: CanvasRenderingContext2D, height: number): void {
    const { xOf } = this.#plot;
    context.strokeStyle = palette().line;
    context.lineWidth = 1;
    for (const { atMs } of this.#ticks) vertical(context, xOf(atMs), HEAD_HEIGHT, height);
  }

  #drawAxis(context: CanvasRenderingContext2D): void {
    const { xOf } = this.#plot;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    context.fillStyle = palette().muted;
    for (const { atMs, label } of this.#ticks) {
      const half = context.measureText(label).width / 2;
      const x = Math.min(xOf(atMs), this.#scroller.clientWidth - half - 4);
      context.fillText(label, x, HEAD_HEIGHT - AXIS_HEIGHT / 2 - 2);
    }
  }

  #drawResumes(context: CanvasRenderingContext2D, height: number): void {
    const { xOf, left, right } = this.#plot;
    context.strokeStyle = palette().ink;
    context.setLineDash([2, 3]);
    for (const atMs of this.#resumesMs) {
      const x = xOf(atMs);
      if (x >= left && x <= right) vertical(context, x, HEAD_HEIGHT, height);
    }
    context.setLineDash([]);
  }

  #drawRows(context: CanvasRenderingContext2D, width: number, height: number, scrollTop: number): void {
    const colors = palette();
    const plot = this.#plot;
    const first = this.#tops.at(scrollTop);
    this.#labelledTo = 0;
    context.textBaseline = 'middle';
    for (let at = first; at < this.#rows.length; at++) {
      const row = this.#rows[at];
      const top = HEAD_HEIGHT + this.#tops.topOf(at) - scrollTop;
      if (!row || top > height) break;
      const rowHeight = this.#tops.topOf(at + 1) - this.#tops.topOf(at);
      if (row === this.#selected) {
        context.fillStyle = colors.selected;
        context.fillRect(0, top, width, rowHeight);
      } else if (at % 2 === 1 && !this.#isCompact) {
        context.fillStyle = colors.stripe;
        context.globalAlpha = 0.7;
        context.fillRect(0, top, width, rowHeight);
        context.globalAlpha = 1;
      }
      this.#drawLabel(context, row, top, rowHeight);
      context.save();
      context.beginPath();
      context.rect(plot.left, top, plot.right - plot.left + 4, rowHeight);
      context.clip();
      drawRow(context, row, { ...plot, ...this.#tops.lanesOf(row), top: top + this.#tops.padding }, colors);
      context.restore();
    }
    if (this.#showsPath) this.#drawPath(context, height, scrollTop);
  }

  #drawLabel(context: CanvasRenderingContext2D, { spans, depth }: ConversationRow, top: number, height: number): void {
    const colors = palette();
    const isBad = spans.status !== undefined && spans.status !== 'done';
    if (this.#isCompact && isBad) {
      context.fillStyle = colors.fail;
      context.fillRect(this.#gutter - 8, top, 4, Math.max(1, height - 1));
    }
    // Small rows have room for a name only now and then.
    if (top < this.#labelledTo) return;
    this.#labelledTo = this.#isCompact ? top + 22 : top;
    const left = 8 + Math.min(depth, 4) * 12;
    context.textAlign = 'left';
    context.fillStyle = isBad ? colors.fail : depth > 0 || this.#isCompact ? colors.muted : colors.ink;
    const room = this.#gutter - left - 10;
    const y = this.#isCompact ? top + 6 : top + Math.min(height, 26) / 2;
    const name = fitted(context, `${depth > 0 ? '↳ ' : ''}${showText(spans.conversation)}`, room);
    const full = isBad ? `${name}  ✕ ${spans.status}` : name;
    context.fillText(context.measureText(full).width <= room ? full : name, left, y);
  }

  /** What made the mode's time: a line below the bars that it goes through, joined where it changes rows. */
  #drawPath(context: CanvasRenderingContext2D, height: number, scrollTop: number): void {
    const plot = this.#plot;
    const places = new Map(this.#rows.map(({ spans }, at) => [spans.conversation, at]));
    context.save();
    context.beginPath();
    context.rect(plot.left, HEAD_HEIGHT, plot.right - plot.left, height);
    context.clip();
    context.strokeStyle = palette().ink;
    context.lineWidth = 2;
    context.beginPath();
    let isDown = false;
    for (const { conversation, startMs, endMs } of this.#picture.explanation.path) {
      const at = conversation === undefined ? undefined : places.get(conversation);
      if (at === undefined) continue;
      const y = HEAD_HEIGHT + this.#tops.topOf(at + 1) - scrollTop - 1.5;
      if (isDown) context.lineTo(plot.xOf(startMs), y);
      else context.moveTo(plot.xOf(startMs), y);
      context.lineTo(plot.xOf(endMs), y);
      isDown = true;
    }
    context.stroke();
    context.restore();
  }

  #listen(): void {
    const scroller = this.#scroller;
    scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    scroller.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    scroller.addEventListener('keydown', (event) => this.#onKey(event));
    scroller.addEventListener('pointerdown', (event) => {
      if (event.button === 0) this.#drag = { x: event.clientX, moved: false };
    });
    scroller.addEventListener('pointermove', (event) => this.#onMove(event));
    scroller.addEventListener('pointerup', (event) => this.#onUp(event));
    scroller.addEventListener('pointerleave', () => this.#tooltip.hide());
    scroller.addEventListener('dblclick', (event) => {
      const bar = this.#under(event).bar;
      if (bar) this.#view.showPart(bar.span.startMs, bar.span.endMs);
      else this.#view.showAll();
    });
  }

  #onWheel(event: WheelEvent): void {
    const plot = this.#plot;
    const width = plot.right - plot.left;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const x = event.clientX - this.#scroller.getBoundingClientRect().left;
      this.#view.zoom(Math.exp(-event.deltaY * 0.004), Math.min(1, Math.max(0, (x - plot.left) / width)));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.#view.pan((event.deltaX || event.deltaY) / width);
    }
  }

  #onMove(event: PointerEvent): void {
    if (this.#drag && (event.buttons & 1) === 1) {
      const byX = event.clientX - this.#drag.x;
      if (!this.#drag.moved && Math.abs(byX) < 4) return;
      this.#scroller.setPointerCapture(event.pointerId);
      this.#tooltip.hide();
      const plot = this.#plot;
      this.#view.pan(-byX / (plot.right - plot.left));
      this.#drag = { x: event.clientX, moved: true };
      return;
    }
    const { row, bar, ms, y } = this.#under(event);
    if (bar && row) this.#tooltip.show(event, tellBar(bar, row, this.#picture));
    else if (y < HEAD_HEIGHT && ms !== undefined) this.#tooltip.show(event, tellMoment(this.#picture, ms));
    else if (row) this.#tooltip.show(event, tellRow(row));
    else this.#tooltip.hide();
  }

  #onUp(event: PointerEvent): void {
    const wasDragged = this.#drag?.moved ?? false;
    this.#drag = undefined;
    if (wasDragged || event.button !== 0) return;
    const { row } = this.#under(event);
    if (!row) return;
    this.select(row);
    this.#listener.onOpen(row);
  }

  #under({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }) {
    const box = this.#scroller.getBoundingClientRect();
    const x = clientX - box.left;
    const y = clientY - box.top;
    const plot = this.#plot;
    const msPerPixel = (plot.toMs - plot.fromMs) / (plot.right - plot.left);
    const ms = x >= plot.left && x <= plot.right ? plot.fromMs + (x - plot.left) * msPerPixel : undefined;
    const offset = y - HEAD_HEIGHT + this.#scroller.scrollTop;
    const at = this.#tops.at(offset);
    const row = y < HEAD_HEIGHT || offset >= this.#tops.total ? undefined : this.#rows[at];
    if (!row || ms === undefined) return { row, ms, y, bar: undefined };
    const { laneHeight, laneGap } = this.#tops.lanesOf(row);
    const lane = Math.floor((offset - this.#tops.topOf(at) - this.#tops.padding) / (laneHeight + laneGap));
    return { row, ms, y, bar: barAt(row, this.#isCompact ? undefined : lane, ms, msPerPixel * 2) };
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#keys()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #keys(): Readonly<Record<string, (() => void) | undefined>> {
    const move = (by: number) => {
      const at = this.#selected ? this.#rows.indexOf(this.#selected) : by > 0 ? -1 : this.#rows.length;
      const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
      if (next) this.select(next);
    };
    return {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(20),
      PageUp: () => move(-20),
      Home: () => move(-this.#rows.length),
      End: () => move(this.#rows.length),
      ArrowLeft: () => this.#view.pan(-0.1),
      ArrowRight: () => this.#view.pan(0.1),
      '+': () => this.#view.zoom(1.5),
      '=': () => this.#view.zoom(1.5),
      '-': () => this.#view.zoom(1 / 1.5),
      '0': () => this.#view.showAll(),
      Enter: () => this.#selected && this.#listener.onOpen(this.#selected),
      z: () => this.#selected && this.#view.showPart(this.#selected.spans.startMs, this.#selected.spans.endMs),
    };
  }
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif';

function vertical(context: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  const sharp = Math.round(x) + 0.5;
  context.beginPath();
  context.moveTo(sharp, top);
  context.lineTo(sharp, bottom);
  context.stroke();
}

const shownTexts = new Map<string, string>();

/** The text, or both its ends where there is no room for more: names tell apart by their ends. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${width} ${text}`;
  const known = shownTexts.get(key);
  if (known !== undefined) return known;
  const characters = [...text];
  let shown = text;
  for (let length = Math.min(characters.length, MOST_CHARACTERS); context.measureText(shown).width > width; length--) {
    if (length <= 2) break;
    const tail = Math.floor((length - 1) / 2);
    shown = `${characters.slice(0, length - 1 - tail).join('')}…${characters.slice(-tail).join('')}`;
  }
  if (shownTexts.size > 20_000) shownTexts.clear();
  shownTexts.set(key, shown);
  return shown;
}

const MOST_CHARACTERS = 60;
