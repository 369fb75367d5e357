import type { ResultRow } from './result-row.ts';
import { showMissed } from './show-missed.ts';
import { showCounted, showDuration } from './show-number.ts';
import { showBlock, showText } from './show-text.ts';

const SPECIAL = /[\\`*_{}[\]()<>#+\-.!|&~$:^=]/g;

/** Answers as Markdown, a section each; an answer stands in a fence, as it is, so that nothing in it can break out. */
export async function* markdownSections(rows: AsyncIterable<ResultRow>): AsyncIterable<string> {
  let first = true;
  for await (const row of rows) {
    yield `${first ? '' : '\n'}${section(row)}`;
    first = false;
  }
}

function section(row: ResultRow): string {
  const status =
    row.status === 'done' ? '' : `**${escaped(row.status)}**${row.error ? `: ${escaped(row.error)}` : ''}\n\n`;
  const missed = (row.missed ?? []).map((each) => `**missed** ${escaped(showMissed(each))}\n\n`).join('');
  const answer = showBlock(row.answer);
  const fence = fenceAround(answer);
  const text = answer === '' || answer.endsWith('\n') ? answer : `${answer}\n`;
  const facts = [
    escaped(row.agent),
    escaped(row.model),
    showCounted(row.turns, 'turn'),
    showCounted(row.toolCalls, 'tool call'),
    showDuration(row.times.tookMs),
  ].join(', ');
  return `## ${escaped(row.id)}\n\n${status}${missed}${fence}text\n${text}${fence}\n\n${facts}\n`;
}

/** A fence that no line of the text can close. */
function fenceAround(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return '`'.repeat(longest + 1);
}

function escaped(text: string): string {
  return showText(text).replace(SPECIAL, (character) => `\\${character}`);
}
