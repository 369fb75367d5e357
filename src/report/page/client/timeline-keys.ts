import type { ConversationRow } from '../conversation-row.ts';
import type { TimeView } from './time-view.ts';

/** What keys act on. */
export interface KeyTarget {
  readonly view: TimeView;
  readonly selected: ConversationRow | undefined;
  /** Selects a row so many further down, or the nearest to that. */
  move(by: number): void;
  open(row: ConversationRow): void;
}

/** What each key does, by its name in `KeyboardEvent.key`. */
export const KEYS: ReadonlyMap<string, (target: KeyTarget) => void> = new Map([
  ['ArrowDown', ({ move }) => move(1)],
  ['ArrowUp', ({ move }) => move(-1)],
  ['PageDown', ({ move }) => move(20)],
  ['PageUp', ({ move }) => move(-20)],
  ['Home', ({ move }) => move(Number.NEGATIVE_INFINITY)],
  ['End', ({ move }) => move(Number.POSITIVE_INFINITY)],
  ['ArrowLeft', ({ view }) => view.pan(-0.1)],
  ['ArrowRight', ({ view }) => view.pan(0.1)],
  ['+', ({ view }) => view.zoom(1.5)],
  ['=', ({ view }) => view.zoom(1.5)],
  ['-', ({ view }) => view.zoom(1 / 1.5)],
  ['0', ({ view }) => view.showAll()],
  ['Enter', ({ selected, open }) => selected && open(selected)],
  ['z', ({ selected, view }) => selected && view.showPart(selected.spans.startMs, selected.spans.endMs)],
]);
