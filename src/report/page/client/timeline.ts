import type { ConversationRow } from '../conversation-row.ts';
import type { ModePicture } from '../mode-picture.ts';
import { element, fitCanvas } from './dom.ts';
import type { Plot } from './plot.ts';
import { FONT, HEAD_HEIGHT, plotOf } from './plot.ts';
import { RowTops } from './row-tops.ts';
import { underPoint } from './row-under.ts';
import type { TimeView } from './time-view.ts';
import { TimelineHead } from './timeline-head.ts';
import { KEYS } from './timeline-keys.ts';
import { drawRows } from './timeline-rows.ts';
import { Tooltip } from './tooltip.ts';
import { tellBar, tellMoment, tellRow } from './words.ts';

const MOST_HEIGHT_SHARE = 0.72;

/** What a timeline tells the page. */
export interface TimelineListener {
  onOpen(row: ConversationRow): void;
}

/** The conversations of one mode over time: only what is in sight is drawn, whenever something changes. */
export class Timeline {
  readonly node: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #head = new TimelineHead();
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

  get #plot(): Plot {
    return plotOf(this.#view, this.#scroller.clientWidth);
  }

  #drawNow(): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#scroller;
    if (width === 0) return;
    const context = fitCanvas(this.#canvas, width, height);
    const plot = this.#plot;
    context.font = FONT;
    drawRows(context, {
      rows: this.#rows,
      tops: this.#tops,
      plot,
      width,
      height,
      scrollTop,
      selected: this.#selected,
      path: this.#showsPath ? this.#picture.explanation.path : [],
      resumesMs: this.#resumesMs,
    });
    this.#head.draw(context, this.#picture, plot, width);
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
      if (this.#under(event).y < HEAD_HEIGHT) this.#view.showAll();
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
    const { left, top } = this.#scroller.getBoundingClientRect();
    const y = clientY - top;
    const { scrollTop } = this.#scroller;
    const sight = { rows: this.#rows, tops: this.#tops, plot: this.#plot, scrollTop };
    return { y, ...underPoint({ x: clientX - left, y }, sight) };
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS.get(event.key);
    if (!act) return;
    event.preventDefault();
    act({
      view: this.#view,
      selected: this.#selected,
      move: (by) => this.#move(by),
      open: (row) => this.#listener.onOpen(row),
    });
  }

  #move(by: number): void {
    const at = this.#selected ? this.#rows.indexOf(this.#selected) : by > 0 ? -1 : this.#rows.length;
    const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
    if (next) this.select(next);
  }
}
