import type { ThresholdResult } from '../judge-thresholds.ts';
import { shorten, showText } from '../show-text.ts';

const LONGEST_TEXT = 300;

/** What thresholds were held against, if there are any. */
export function thresholdSection(thresholds: readonly ThresholdResult[]): string {
  const rows = thresholds.map(({ threshold, isMet, text }) => [
    isMet ? 'met' : '❌ missed',
    code(threshold.text),
    plain(text),
  ]);
  return rows.length === 0 ? '' : section('Thresholds', table(['', '', ''], '<<<', rows));
}

/** A part of a summary, below a heading. */
export function section(title: string, body: string): string {
  return `\n### ${title}\n\n${body}`;
}

/** Cells are Markdown already. */
export function table(head: readonly string[], alignment: string, rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [line(head), line([...alignment].map((side) => (side === '>' ? '---:' : ':---'))), ...rows.map(line)].join('');
}

/** Someone else's text: in an element in which nobody is mentioned and nothing linked, with every mark of Markdown as a number. */
export function code(text: string): string {
  return text === '' ? '' : `<code>${plain(shorten(text, LONGEST_TEXT))}</code>`;
}

/** Text in which nothing means anything but itself, in the midst of a line. */
export function plain(text: string): string {
  return showText(text).replace(/[\\`*_{}[\]<>#!|&~$^@]|:(?=\/\/)|(?<=www)\./gi, (mark) => `&#${mark.charCodeAt(0)};`);
}
