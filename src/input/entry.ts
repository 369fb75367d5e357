import type { Expectation } from '../contract/expectation.ts';
import type { JsonObject } from '../contract/json.ts';
import { showBytes } from '../contract/show-bytes.ts';

/** The most that a line, a block, a CSV record or a filled-in prompt may hold, if nobody says otherwise. */
export const MAX_PROMPT_BYTES = 10 * 1024 * 1024;

/** What an entry of a prompts file says, checked but not yet filled in. */
export interface Fields {
  readonly prompt: string;
  readonly id?: string;
  readonly system?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly vars?: JsonObject;
  readonly metadata?: JsonObject;
  readonly expect?: Expectation;
}

/** One entry of a prompts file. `line` counts from 1. */
export interface Entry {
  readonly line: number;
  readonly fields: Fields;
  /** The line of a place in one of the fields, `linesDown` line feeds into its text; without it, all is on `line`. */
  readonly lineOf?: (field: string, linesDown: number) => number;
}

/** An entry, or why there is none. A problem without a line is one of the whole file. */
export type Found =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly line?: number; readonly problem: string };

/**
 * Finds the entries of one file, in batches so that a file of many small entries costs few awaits. A line or prompt of
 * more than `maxBytes` is a problem, of which no more than that is held.
 */
export type EntryReader = (open: () => AsyncIterable<Uint8Array>, maxBytes: number) => AsyncIterable<readonly Found[]>;

/** The state and the way out of what is too long, after what cannot be done: how it could be `shorter`. */
export function tooLong(maxBytes: number, shorter: string): string {
  return `it is longer than ${showBytes(maxBytes)}. ${shorter}, or raise --max-prompt.`;
}
