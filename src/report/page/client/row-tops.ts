import type { ConversationRow } from '../conversation-row.ts';
import { firstAfter } from '../step-curve.ts';

const LANE_HEIGHT = 12;
const LANE_GAP = 3;
const ROW_PADDING = 7;
const COMPACT_HEIGHT = 7;

/** Where each row begins, in pixels from the first one's top. */
export class RowTops {
  readonly #tops: readonly number[];
  readonly #isCompact: boolean;

  constructor(rows: readonly ConversationRow[], isCompact: boolean) {
    this.#isCompact = isCompact;
    const tops = [0];
    let top = 0;
    for (const { lanes } of rows) {
      top += isCompact ? COMPACT_HEIGHT : 2 * ROW_PADDING + lanes * (LANE_HEIGHT + LANE_GAP) - LANE_GAP;
      tops.push(top);
    }
    this.#tops = tops;
  }

  get total(): number {
    return this.#tops.at(-1) ?? 0;
  }

  get padding(): number {
    return this.#isCompact ? 1 : ROW_PADDING;
  }

  topOf(at: number): number {
    return this.#tops[at] ?? this.total;
  }

  /** The row at that height. */
  at(offset: number): number {
    return Math.max(0, firstAfter(this.#tops, offset) - 1);
  }

  lanesOf({ lanes }: ConversationRow): { readonly laneHeight: number; readonly laneGap: number } {
    if (!this.#isCompact) return { laneHeight: LANE_HEIGHT, laneGap: LANE_GAP };
    return { laneHeight: Math.max(0.75, (COMPACT_HEIGHT - 2) / lanes), laneGap: 0 };
  }
}
