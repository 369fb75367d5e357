import type { ConversationRow } from '../conversation-row.ts';
import { firstAfter } from '../step-curve.ts';

const LANE_HEIGHT = 12;
const LANE_GAP = 3;
const ROW_PADDING = 7;
const MOST_COMPACT_HEIGHT = 7;
const LEAST_COMPACT_HEIGHT = 3;

/** Where each row begins, in pixels from the first one's top. */
export class RowTops {
  readonly #tops: readonly number[];
  readonly isCompact: boolean;
  readonly #compactHeight: number;

  /** @param room the height that small rows may share, as long as that leaves enough to each */
  constructor(rows: readonly ConversationRow[], isCompact: boolean, room: number) {
    this.isCompact = isCompact;
    const share = Math.floor(room / Math.max(1, rows.length));
    this.#compactHeight = Math.min(MOST_COMPACT_HEIGHT, Math.max(LEAST_COMPACT_HEIGHT, share));
    const tops = [0];
    let top = 0;
    for (const { lanes } of rows) {
      top += isCompact ? this.#compactHeight : 2 * ROW_PADDING + lanes * (LANE_HEIGHT + LANE_GAP) - LANE_GAP;
      tops.push(top);
    }
    this.#tops = tops;
  }

  get total(): number {
    return this.#tops.at(-1) ?? 0;
  }

  get padding(): number {
    return this.isCompact ? 0.5 : ROW_PADDING;
  }

  topOf(at: number): number {
    return this.#tops[at] ?? this.total;
  }

  /** The row at that height. */
  at(offset: number): number {
    return Math.max(0, firstAfter(this.#tops, offset) - 1);
  }

  lanesOf({ lanes }: ConversationRow): { readonly laneHeight: number; readonly laneGap: number } {
    if (!this.isCompact) return { laneHeight: LANE_HEIGHT, laneGap: LANE_GAP };
    return { laneHeight: Math.max(0.75, (this.#compactHeight - 1) / lanes), laneGap: 0 };
  }
}
