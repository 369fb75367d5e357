import { messageOf } from '../contract/errors.ts';
import { PROTOTYPE_KEYS } from '../contract/json.ts';
import { checkEntry } from './check-entry.ts';
import { closest } from './closest.ts';
import type { Found } from './entry.ts';
import { tooLong } from './entry.ts';
import { quote, visible } from './quote.ts';
import { splitLines } from './split-lines.ts';

/**
 * Reads comma-separated values (RFC 4180) under a header with a `prompt` column. The columns `id`, `system`, `agent`,
 * `model` and `expect` are fields where a cell is not empty; every other column is a variable. What is expected is a text
 * that the answer holds, or an object in JSON, which starts with `{`. Rows of nothing but empty cells are skipped.
 */
export async function* readCsv(
  open: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly Found[]> {
  let columns: readonly string[] | undefined;
  for await (const rows of readRows(open(), maxBytes)) {
    const found: Found[] = [];
    for (const row of rows) {
      if (!row.ok) {
        found.push(row);
      } else if (columns === undefined) {
        columns = row.cells.map((cell) => cell.trim());
        const problems = checkColumns(columns);
        if (problems.length > 0) return yield problems.map((problem) => ({ ok: false, line: row.line, problem }));
      } else if (row.cells.some((cell) => /\S/.test(cell))) {
        readRow(row.cells, columns, row.line, found);
      }
    }
    yield found;
  }
}

type Row =
  | { readonly ok: true; readonly line: number; readonly cells: readonly string[] }
  | { readonly ok: false; readonly line: number; readonly problem: string };

/** The cells of each record with the line it starts on, which the parser itself miscounts after a quoted CRLF. */
async function* readRows(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<readonly Row[]> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    info: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxBytes,
  });
  // Its error is seen where the last records are waited for.
  parser.on('error', () => {});
  const lines = new LineOffsets();
  const toRow = ({ record, info }: CsvRecord): Row => ({ ok: true, line: lines.takeUpTo(info.bytes), cells: record });
  const drain = (rows: Row[]) => {
    for (let record: CsvRecord | null = parser.read(); record !== null; record = parser.read())
      rows.push(toRow(record));
    return rows;
  };
  for await (const batch of splitLines(chunks, { maxBytes, keepCarriageReturns: true })) {
    const rows: Row[] = [];
    let text = '';
    for (const line of batch) {
      text += lines.add(line.ok ? `${line.text}\n` : '\n');
      if (!line.ok) rows.push({ ok: false, line: line.number, problem: line.problem });
    }
    if (parser.destroyed) break;
    if (text !== '') parser.write(text);
    yield drain(rows);
  }
  if (!parser.destroyed) {
    // The parser looks a few bytes ahead. A record that it held back for them would be lost if the end is an error.
    parser.write('\n'.repeat(16));
    yield drain([]);
  }
  try {
    parser.end();
    const last: AsyncIterable<CsvRecord> = parser;
    for await (const record of last) yield [toRow(record)];
  } catch (error) {
    const problem = explain(error, maxBytes);
    if (problem === undefined) throw error;
    yield [{ ok: false, line: lines.takeUpTo(Number.POSITIVE_INFINITY), problem }];
  }
}

interface CsvRecord {
  readonly record: readonly string[];
  /** `bytes`: where in the file the record ends. */
  readonly info: { readonly bytes: number };
}

/** Remembers where the lines end that the parser was given and that are not yet part of a record. */
class LineOffsets {
  /** Negative for blank lines, on which no record starts. */
  #ends: number[] = [];
  #taken = 0;
  #firstNumber = 1;
  #fed = 0;

  add(text: string): string {
    this.#fed += Buffer.byteLength(text);
    this.#ends.push(text === '\n' || text === '\r\n' ? -this.#fed : this.#fed);
    return text;
  }

  /** The line on which the record starts that ends at this offset; its lines are done with. */
  takeUpTo(offset: number): number {
    let start: number | undefined;
    for (; this.#taken < this.#ends.length; this.#taken++) {
      const end = this.#ends[this.#taken] ?? 0;
      if (Math.abs(end) > offset) break;
      if (end > 0) start ??= this.#firstNumber + this.#taken;
    }
    if (this.#taken > FORGET_AFTER) {
      this.#firstNumber += this.#taken;
      this.#ends = this.#ends.slice(this.#taken);
      this.#taken = 0;
    }
    return start ?? this.#firstNumber + this.#taken;
  }
}

/** How many lines that are done with are worth a copy of the others. */
const FORGET_AFTER = 1000;

function checkColumns(columns: readonly string[]): string[] {
  const problems: string[] = [];
  for (const [index, column] of columns.entries()) {
    if (column === '') problems.push(`Cannot use column ${index + 1}: it has no name. Name it or delete it.`);
    else if (columns.indexOf(column) < index) {
      problems.push(`Cannot use the column ${quote(column)} twice: rename or delete one of the two.`);
    } else if (PROTOTYPE_KEYS.has(column)) {
      problems.push(`Cannot use the column ${quote(column)}: this name is refused. Rename it.`);
    }
  }
  if (!columns.includes('prompt')) problems.push(noPromptColumn(columns));
  return problems;
}

function noPromptColumn(columns: readonly string[]): string {
  const meant = columns.find((column) => closest(column, ['prompt']) !== undefined);
  const only = columns.length === 1 ? (columns[0] ?? '') : '';
  let wayOut = 'Name the columns in the first line, one of them prompt.';
  if (/[;\t|]/.test(only)) wayOut = 'Separate the columns with commas.';
  else if (meant !== undefined) wayOut = `Rename the column ${quote(meant)}.`;
  return `Cannot find the prompts: no column is named "prompt". ${wayOut}`;
}

function readRow(cells: readonly string[], columns: readonly string[], line: number, found: Found[]): void {
  if (cells.length !== columns.length) {
    const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
    const problem = `Cannot use the row: it has ${count}, and the header ${columns.length}. Put cells with commas, quotes or line breaks in them in double quotes.`;
    found.push({ ok: false, line, problem });
    return;
  }
  const vars: Record<string, string> = {};
  const fields: Record<string, unknown> = { vars };
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (!FIELD_COLUMNS.has(column)) vars[column] = cell;
    else if (column === 'prompt' || /\S/.test(cell)) fields[column] = cell;
  }
  const problem = readExpectation(fields);
  if (problem !== undefined) {
    found.push({ ok: false, line, problem });
    return;
  }
  const entry = checkEntry(fields);
  if (entry.ok) found.push({ ok: true, entry: { line, fields: entry.fields } });
  else for (const { problem } of entry.problems) found.push({ ok: false, line, problem });
}

/** Puts the object in place of its JSON, or says what is wrong with it. */
function readExpectation(fields: Record<string, unknown>): string | undefined {
  const { expect } = fields;
  if (typeof expect !== 'string' || !expect.trimStart().startsWith('{')) return undefined;
  try {
    fields['expect'] = JSON.parse(expect);
    return undefined;
  } catch (error) {
    const reason = visible(messageOf(error));
    return `Cannot read "expect" as JSON: ${reason}. Each " in a cell is written "".`;
  }
}

const FIELD_COLUMNS: ReadonlySet<string> = new Set(['prompt', 'id', 'system', 'agent', 'model', 'expect']);

/** What the parser's own errors mean for the record that they stop at; `undefined` for anything else. */
function explain(error: unknown, maxBytes: number): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  const isTooLong = error.code === 'CSV_MAX_RECORD_SIZE';
  const problem = isTooLong ? tooLong(maxBytes, 'Close its double quote, split it') : PARSER_PROBLEMS.get(error.code);
  return problem === undefined ? undefined : `Cannot read the row that starts here: ${problem}`;
}

const PARSER_PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a double quote is never closed. Close it; a quote within quotes is written "".'],
  ['CSV_INVALID_CLOSING_QUOTE', 'text follows a closing double quote. Write a quote within quotes as "".'],
  [
    'INVALID_OPENING_QUOTE',
    'there is a double quote inside a cell. Put the whole cell in double quotes and write the one inside as "".',
  ],
]);
