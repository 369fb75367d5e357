import type { ResultRow } from './result-row.ts';
import { showMissed } from './show-missed.ts';
import { showBlock, showText } from './show-text.ts';
import type { Theme } from './theme.ts';

const INDENT = '  ';

/** Prints the answers in the order of the rows: the prompt's id, the status if it is not `done`, the answer as a block. */
export async function printAnswers(
  rows: AsyncIterable<ResultRow>,
  options: { write(text: string): Promise<void> | void; readonly theme: Theme },
): Promise<void> {
  let first = true;
  for await (const row of rows) {
    await options.write(`${first ? '' : '\n'}${answerText(row, options.theme)}`);
    first = false;
  }
}

function answerText(row: ResultRow, theme: Theme): string {
  const id = theme.strong(showText(row.id));
  const answer = indented(showBlock(row.answer.trimEnd()));
  const missed = (row.missed ?? [])
    .map((each) => `${INDENT}${theme.bad('missed')} ${showText(showMissed(each))}\n`)
    .join('');
  if (row.status === 'done') return `${id}\n${missed}${answer || `${INDENT}${theme.dim('(empty)')}\n`}`;
  const why = row.error ? `: ${showText(row.error)}` : '';
  return `${id}  ${theme.bad(row.status)}${why}\n${missed}${answer}`;
}

/** Indents each line, so that no answer can pass for the next prompt's. */
function indented(text: string): string {
  if (!text) return '';
  return text
    .split('\n')
    .map((line) => (line ? `${INDENT}${line}\n` : '\n'))
    .join('');
}
