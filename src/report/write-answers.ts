import { extname } from 'node:path';
import { UserError } from '../contract/errors.ts';
import { csvLines } from './answers-csv.ts';
import { markdownSections } from './answers-markdown.ts';
import { checkWritable } from './check-writable.ts';
import type { ResultRow } from './result-row.ts';
import { writeWholeFile } from './write-whole-file.ts';

type Format = (rows: AsyncIterable<ResultRow>) => AsyncIterable<string>;

const FORMATS: Readonly<Record<string, Format>> = { '.md': markdownSections, '.csv': csvLines, '.jsonl': jsonLines };

/**
 * Writes the answers in the order of the rows, in the format that the file's extension names. The file is there whole
 * or, when writing fails, as it was before.
 *
 * @throws {UserError} for an unknown extension, and with exit code 74 when writing fails
 */
export async function writeAnswers(path: string, rows: AsyncIterable<ResultRow>): Promise<void> {
  await writeWholeFile(path, formatOf(path)(rows));
}

/**
 * Checks before the run starts that answers can be written there.
 *
 * @throws {UserError} for an unknown extension, a directory, and a parent directory that is missing or closed to us
 */
export async function checkAnswersPath(path: string): Promise<void> {
  formatOf(path);
  await checkWritable(path, 'answers');
}

function formatOf(path: string): Format {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format) return format;
  const known = Object.keys(FORMATS).join(', ');
  throw new UserError(`Cannot write answers to ${path}: its extension names no format. Use one of ${known}.`);
}

async function* jsonLines(rows: AsyncIterable<ResultRow>): AsyncIterable<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}
