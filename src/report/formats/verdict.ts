import type { ResultRow } from '../result-row.ts';
import type { ModeSpans } from '../spans/run-spans.ts';
import type { RecordedRun } from './recorded-run.ts';

/** What is wrong with a conversation: a word for its kind, and a sentence. */
export interface Fault {
  readonly kind: string;
  readonly message: string;
}

/** What is wrong with what came of a prompt; nothing if it was done, or came to what was expected. */
export function faultsOf(row: ResultRow): readonly Fault[] {
  if (row.missed) return row.missed.map(({ what, problem }) => ({ kind: `expected ${what}`, message: problem }));
  if (row.status === 'done') return [];
  return [{ kind: row.status, message: row.error ?? `It ended as ${row.status}.` }];
}

/** What of a run's last mode has no row. */
export interface Unfinished {
  /** Prompts whose conversations were begun and have not ended. */
  readonly open: readonly string[];
  /** How many prompts were never begun. */
  readonly notStarted: number;
}

export function unfinishedOf({ spans, rows }: RecordedRun): Unfinished {
  const mode: ModeSpans | undefined = spans.modes.at(-1);
  const ended = new Set(rows.map(({ id }) => id));
  const own = (mode?.conversations ?? []).filter(({ parent }) => parent === undefined);
  const open = own.map(({ conversation }) => conversation).filter((id) => !ended.has(id));
  return { open, notStarted: Math.max(0, spans.prompts - rows.length - open.length) };
}
