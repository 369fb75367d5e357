import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a provider notes of a request for a response: that it was asked, and how the response went out. */
export type ProviderRow =
  | {
      readonly kind: 'asked';
      readonly request: number;
      /** The prompt's text. */
      readonly conversation: string;
      /** From 1: one more than the responses in the history. */
      readonly turn: number;
      /** What was made to go wrong. */
      readonly fault?: string;
    }
  | {
      readonly kind: 'closed';
      readonly request: number;
      /** Every byte of it went out. */
      readonly whole: boolean;
    };

/** What a tool notes at the moment of its side effect. */
export interface ToolRow {
  readonly tool: string;
  readonly effect: 'unsafe' | 'idempotent';
  readonly callKey: string;
  readonly conversation: string;
}

/** Appends rows, each in the file when it returns: what was noted outlives a kill. */
export function openLedger<Row>(path: string): (row: Row) => void {
  const file = openSync(path, 'a');
  return (row) => void writeSync(file, `${JSON.stringify(row)}\n`);
}

/** All rows that were noted, in order. */
export function readLedger<Row>(path: string): readonly Row[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Row);
}
