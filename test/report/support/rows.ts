import type { ResultRow } from '../../../src/report/result-row.ts';

/** A row in which only what matters to a test is named. */
export function row(parts: Partial<ResultRow> = {}): ResultRow {
  return {
    id: 'p1',
    index: 0,
    status: 'done',
    answer: 'It rains.',
    agent: 'assistant',
    model: 'sim/offline',
    turns: 2,
    toolCalls: 1,
    handoffs: 0,
    tokens: { input: 210, cached: 0, output: 48, reasoning: 0 },
    costUsd: null,
    times: { queuedMs: 0, modelMs: 110, toolMs: 1000, waitedMs: 0, tookMs: 1110 },
    error: null,
    source: { file: 'prompts.txt', line: 1 },
    ...parts,
  };
}

/** The rows as they come from a file. */
export async function* stream(rows: readonly ResultRow[]): AsyncIterable<ResultRow> {
  yield* rows;
}
