import { Column } from './column.ts';
import { showMoment } from './show-number.ts';
import { shorten, shortenMiddle, showText } from './show-text.ts';
import { padEnd, textWidth } from './text-width.ts';

/** A word and the colour it is shown in. */
export interface Word {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** What one line of the log says; texts may come from anywhere and are made safe here. */
export interface LogLine {
  readonly atMs: number;
  readonly conversation: string;
  readonly kind: Word;
  readonly name?: Word;
  /** A duration or `started`. Without it a long name may take its room. */
  readonly took?: Word;
  /** What the rest is about, where the name alone does not say it. */
  readonly subject?: string;
  /** A word that stands out before the detail, and what belongs to it. */
  readonly mark?: Word;
  readonly detail: string;
}

const KIND_WIDTH = 'handoff'.length;
const TOOK_WIDTH = '2 min 05 s'.length;
const LEAST_CONVERSATION_WIDTH = 2;
const MOST_CONVERSATION_WIDTH = 16;
const LEAST_NAME_WIDTH = 'max_tool_calls'.length;
const MOST_NAME_WIDTH = 20;
const LEAST_DETAIL_WIDTH = 12;
/** Between a subject and what came of it. */
const ARROW = ' → ';

/** The log's columns. */
export class Columns {
  readonly #width: number;
  readonly #conversations: Column;
  readonly #names: Column;

  /** @param width of a line in terminal columns, `Infinity` for no cut */
  constructor(width: number) {
    this.#width = width;
    // A narrow terminal keeps room for details.
    this.#conversations = new Column({
      least: LEAST_CONVERSATION_WIDTH,
      most: Math.min(MOST_CONVERSATION_WIDTH, Math.max(8, Math.floor(width / 8))),
      cut: shortenMiddle,
    });
    this.#names = new Column({
      least: LEAST_NAME_WIDTH,
      most: Math.min(MOST_NAME_WIDTH, Math.max(LEAST_NAME_WIDTH, Math.floor(width / 5))),
      cut: shorten,
    });
  }

  /** Makes room for a conversation's id before it is needed. */
  fitConversation(id: string): void {
    this.#conversations.fit(id);
  }

  /** Makes room for a name before it is needed. */
  fitName(name: string): void {
    this.#names.fit(name);
  }

  /** One whole line with its newline. */
  format(line: LogLine): string {
    const moment = showMoment(line.atMs);
    const conversation = this.#conversations.cell(line.conversation);
    const kind = painted(line.kind, line.kind.text.padEnd(KIND_WIDTH));
    const middle = this.#middle(line);
    const before = moment.length + this.#conversations.width + KIND_WIDTH + 6 + middle.width;
    const rest = detail(line, Math.max(this.#width - before, LEAST_DETAIL_WIDTH));
    return `${`${moment}  ${conversation}  ${kind}  ${middle.text}${rest}`.trimEnd()}\n`;
  }

  #middle({ name, took }: LogLine): { readonly text: string; readonly width: number } {
    if (!name && !took) return { text: '', width: 0 };
    if (!took) {
      const both = this.#names.width + 2 + TOOK_WIDTH;
      return { text: `${padEnd(shorten(showText(name?.text ?? ''), both), both)}  `, width: both + 2 };
    }
    const cell = painted(name, this.#names.cell(name?.text ?? ''));
    const text = `${cell}  ${painted(took, took.text.padStart(TOOK_WIDTH))}  `;
    return { text, width: this.#names.width + 2 + Math.max(TOOK_WIDTH, took.text.length) + 2 };
  }
}

/** Colours the word and leaves the spaces around it alone. */
function painted(word: Word | undefined, padded: string): string {
  const text = padded.trim();
  return word?.paint && text ? padded.replace(text, () => word.paint?.(text) ?? text) : padded;
}

function detail(line: LogLine, room: number): string {
  const mark = line.mark?.text ?? '';
  const left = Math.min(Math.floor(room / 2), room - textWidth(ARROW) - textWidth(mark));
  const subject = line.subject === undefined || left < 1 ? '' : shorten(oneLine(line.subject, room), left) + ARROW;
  const rest = shorten(oneLine(line.detail, room), room - textWidth(subject) - textWidth(mark));
  return subject + (line.mark?.paint?.(mark) ?? mark) + rest;
}

/** Text from anywhere in one line: breaks become spaces, and what is far too long is cut before it costs time. */
function oneLine(text: string, room: number): string {
  const enough = room * 8;
  const head = text.length > enough ? `${text.slice(0, enough).toWellFormed()}…` : text;
  return showText(head.replace(/[\r\n\t][\r\n\t ]*/g, ' '));
}
