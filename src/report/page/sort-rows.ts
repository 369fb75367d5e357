import { fateOf } from '../spans/fate.ts';
import type { ConversationRow } from './conversation-row.ts';

export type RowOrder = 'start' | 'longest' | 'failed' | 'name';

/** Rows in another order, those that were delegated still below who delegated them. */
export function sortRows(rows: readonly ConversationRow[], order: RowOrder): readonly ConversationRow[] {
  if (order === 'start') return rows;
  const families: { readonly head: ConversationRow; readonly members: ConversationRow[] }[] = [];
  for (const row of rows) {
    const last = families.at(-1);
    if (row.depth > 0 && last) last.members.push(row);
    else families.push({ head: row, members: [row] });
  }
  return families.toSorted((one, other) => ORDERS[order](one.head, other.head)).flatMap(({ members }) => members);
}

type Compare = (one: ConversationRow, other: ConversationRow) => number;

const longest: Compare = (one, other) => lengthOf(other) - lengthOf(one);

const ORDERS: Readonly<Record<Exclude<RowOrder, 'start'>, Compare>> = {
  longest,
  failed: (one, other) => failedOf(other) - failedOf(one) || longest(one, other),
  name: (one, other) => one.spans.index - other.spans.index,
};

function lengthOf({ spans }: ConversationRow): number {
  return spans.endMs - spans.startMs;
}

/** Failed ones before those in which something failed, and these before all others. */
function failedOf({ spans, bars }: ConversationRow): number {
  if (fateOf(spans).isWrong) return 2;
  return bars.some(({ isFailed }) => isFailed) ? 1 : 0;
}
