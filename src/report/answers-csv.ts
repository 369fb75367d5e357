import type { ResultRow } from './result-row.ts';
import { showMissed } from './show-missed.ts';

const COLUMNS: Readonly<Record<string, (row: ResultRow) => string | number>> = {
  id: (row) => row.id,
  index: (row) => row.index,
  status: (row) => row.status,
  answer: (row) => row.answer,
  error: (row) => row.error ?? '',
  agent: (row) => row.agent,
  model: (row) => row.model,
  turns: (row) => row.turns,
  tool_calls: (row) => row.toolCalls,
  handoffs: (row) => row.handoffs,
  input_tokens: (row) => row.tokens.input,
  cached_tokens: (row) => row.tokens.cached,
  output_tokens: (row) => row.tokens.output,
  reasoning_tokens: (row) => row.tokens.reasoning,
  cost_usd: (row) => row.costUsd ?? '',
  took_ms: (row) => row.times.tookMs,
  file: (row) => row.source.file,
  line: (row) => row.source.line,
  metadata: (row) => (row.metadata ? JSON.stringify(row.metadata) : ''),
  missed: (row) => (row.missed ?? []).map(showMissed).join('; '),
};

// What spreadsheets take for a formula, also after white space and what can't be seen; the wide forms count too.
const FORMULA = /^[\s\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠]|^[\t\r]/u;
const NEEDS_QUOTES = /[",;\r\n\t]|^\s|\s$/;

/** Answers as CSV with a header; no cell is a formula to a spreadsheet: one that would be starts with `'`. */
export async function* csvLines(rows: AsyncIterable<ResultRow>): AsyncIterable<string> {
  yield `${Object.keys(COLUMNS).join(',')}\n`;
  for await (const row of rows) {
    yield `${Object.values(COLUMNS)
      .map((column) => cell(column(row)))
      .join(',')}\n`;
  }
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
