import { entriesOf } from '../entries-of.ts';
import { showCount, showCounted, showDuration } from '../show-number.ts';
import { shortenMiddle, showText } from '../show-text.ts';
import { fateOf } from '../spans/fate.ts';
import { lengthOf } from '../spans/length-of.ts';
import type { ConversationSpans, ModeSpans, RunSpans } from '../spans/run-spans.ts';
import { padEnd, textWidth } from '../text-width.ts';
import type { Theme } from '../theme.ts';
import type { Cell } from './gantt-cells.ts';
import { ganttCells, mostOf } from './gantt-cells.ts';

/** How a Gantt is shown: in a terminal of so many columns and rows, in blocks of colour or in letters. */
export interface GanttOptions {
  readonly theme: Theme;
  readonly hasColor: boolean;
  readonly columns: number;
  readonly rows: number;
}

const MOST_NAME_WIDTH = 24;
const LEAST_BAR_WIDTH = 20;
const LEAST_ROWS = 3;
/** What stands around the conversations of a mode, and around the whole. */
const LINES_AROUND_MODE = 3;
const LINES_AROUND_ALL = 5;

/**
 * A run's conversations over time, one row each, all modes to the same scale. Those that there is no height for are
 * summed up in one row: in each column what most of them did.
 */
export function renderGantt({ modes }: RunSpans, options: GanttOptions): string {
  const longestMs = Math.max(0, ...modes.map(({ startMs, endMs }) => endMs - startMs));
  if (longestMs === 0) return 'Nothing was run.\n';
  const rows = Math.floor((options.rows - LINES_AROUND_ALL) / modes.length) - LINES_AROUND_MODE;
  const used = new Set<Cell>();
  const lines = modes.flatMap((mode) => {
    return modeLines(mode, longestMs, { ...options, rows: Math.max(LEAST_ROWS, rows), used });
  });
  return `${[...lines, '', ...legend(used, options)].join('\n')}\n`;
}

interface Line {
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly note: string;
  readonly isBad: boolean;
}

function modeLines(mode: ModeSpans, longestMs: number, options: GanttOptions & { readonly used: Set<Cell> }): string[] {
  const { conversations } = mode;
  const shownCount = conversations.length > options.rows ? options.rows - 1 : conversations.length;
  const shown = conversations.slice(0, shownCount);
  const rest = conversations.slice(shownCount);
  const names = shown.map(nameOf);
  const restName = `${showCount(rest.length)} more`;
  const nameWidth = Math.min(MOST_NAME_WIDTH, Math.max(4, textWidth(restName), ...names.map(textWidth)));
  const notes = shown.map(noteOf);
  const noteWidth = Math.max(6, ...notes.map(textWidth));
  const width = Math.max(LEAST_BAR_WIDTH, options.columns - nameWidth - noteWidth - 6);
  const cells = (spans: ConversationSpans) => ganttCells(spans, mode, { msPerCell: longestMs / width, width });
  const lines = shown.map((spans, at): Line => {
    const isBad = fateOf(spans).isWrong;
    return { name: names[at] ?? '', cells: cells(spans), note: notes[at] ?? '', isBad };
  });
  if (rest.length > 0) lines.push({ name: restName, cells: mostOf(rest.map(cells)), note: '', isBad: false });
  for (const line of lines) for (const cell of line.cells) options.used.add(cell);
  const wall = showDuration(mode.endMs - mode.startMs);
  const title = `${mode.mode}   ${showCounted(conversations.length, 'conversation')} in ${wall}`;
  return [
    '',
    `${options.theme.strong(mode.mode)}${title.slice(mode.mode.length)}`,
    ...lines.map((line) => showLine(line, nameWidth, options)),
    options.theme.dim(`  ${axis(width, longestMs, nameWidth)}`),
  ];
}

function nameOf({ conversation, parent }: ConversationSpans): string {
  return `${parent === undefined ? '' : '└ '}${showText(conversation)}`;
}

function noteOf(spans: ConversationSpans): string {
  const tookMs = lengthOf(spans.stretches);
  const { words } = fateOf(spans);
  return words === 'done' ? showDuration(tookMs) : `${showDuration(tookMs)} ${words}`;
}

function showLine({ name, cells, note, isBad }: Line, nameWidth: number, options: GanttOptions): string {
  const shownName = padEnd(shortenMiddle(name, nameWidth), nameWidth);
  const bar = showCells(cells, options);
  return `  ${shownName}  ${bar}  ${isBad ? options.theme.bad(note) : note}`.trimEnd();
}

/** Cells of the same kind together, so that colours are switched as seldom as can be. */
function showCells(cells: readonly Cell[], { theme, hasColor }: GanttOptions): string {
  let text = '';
  for (let from = 0; from < cells.length; ) {
    const cell = cells[from] ?? 'none';
    let to = from + 1;
    while (to < cells.length && cells[to] === cell) to++;
    const { block, letter, color } = LOOKS[cell];
    text += hasColor && color ? theme[color](block.repeat(to - from)) : (hasColor ? block : letter).repeat(to - from);
    from = to;
  }
  return text;
}

interface Look {
  readonly block: string;
  readonly letter: string;
  readonly color?: keyof Theme;
  readonly meaning: string;
}

const LOOKS: Readonly<Record<Cell, Look>> = {
  model: { block: '█', letter: 'm', color: 'handoff', meaning: 'model' },
  tools: { block: '█', letter: 't', color: 'warn', meaning: 'tools' },
  waiting: { block: '─', letter: 'w', color: 'dim', meaning: 'waiting' },
  overhead: { block: '·', letter: 'o', color: 'dim', meaning: 'our overhead' },
  handoff: { block: '>', letter: '>', color: 'strong', meaning: 'handoff' },
  failed: { block: '✕', letter: 'X', color: 'bad', meaning: 'failed' },
  none: { block: ' ', letter: ' ', meaning: '' },
};

/** What the looks of the cells mean: those that there are, in as many lines as they need. */
function legend(used: ReadonlySet<Cell>, options: GanttOptions): string[] {
  const lines: string[] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const [cell, { meaning }] of entriesOf(LOOKS)) {
    if (!used.has(cell) || meaning === '') continue;
    const entry = `${showCells([cell], options)} ${meaning}`;
    const entryWidth = meaning.length + 5;
    if (width + entryWidth > options.columns) {
      lines.push(`  ${entry}`);
      width = entryWidth;
    } else {
      lines[lines.length - 1] += `   ${entry}`;
      width += entryWidth;
    }
  }
  return lines;
}

/** Where time begins, is half over and ends. */
function axis(width: number, longestMs: number, nameWidth: number): string {
  const end = showDuration(longestMs);
  const middle = showDuration(longestMs / 2);
  const start = padEnd(`${' '.repeat(nameWidth)}  0 s`, nameWidth + 2 + Math.floor((width - middle.length) / 2));
  const half = width >= 40 ? start + middle : start;
  return padEnd(half, nameWidth + 2 + width - end.length) + end;
}
