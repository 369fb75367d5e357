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

/** The log's columns: they start narrow, grow to what has to stand in them, and never shrink. */
export class Columns {
  readonly #width: number;
  readonly #mostConversationWidth: number;
  readonly #mostNameWidth: number;
  #conversationWidth = LEAST_CONVERSATION_WIDTH;
  #nameWidth = LEAST_NAME_WIDTH;

  /** @param width of a line in terminal columns, `Infinity` for no cut */
  constructor(width: number) {
    this.#width = width;
    // A narrow terminal keeps room for details.
    this.#mostConversationWidth = Math.min(MOST_CONVERSATION_WIDTH, Math.max(8, Math.floor(width / 8)));
    this.#mostNameWidth = Math.min(MOST_NAME_WIDTH, Math.max(LEAST_NAME_WIDTH, Math.floor(width / 5)));
  }

  /** Makes room for a conversation's id before it is needed. */
  fitConversation(id: string): void {
    this.#conversationWidth = grown(this.#conversationWidth, id, this.#mostConversationWidth);
  }

  /** Makes room for a name before it is needed. */
  fitName(name: string): void {
    this.#nameWidth = grown(this.#nameWidth, name, this.#mostNameWidth);
  }

  /** One whole line with its newline. */
  format(line: LogLine): string {
    this.fitConversation(line.conversation);
    if (line.took && line.name) this.fitName(line.name.text);
    const conversation = shortenMiddle(showText(line.conversation), this.#conversationWidth);
    const start = [
      showMoment(line.atMs),
      padEnd(conversation, this.#conversationWidth),
      painted(line.kind, padEnd(line.kind.text, KIND_WIDTH)),
    ];
    const middle = this.#middle(line);
    const room = this.#width - textWidth(start[0] ?? '') - this.#conversationWidth - KIND_WIDTH - 6 - middle.width;
    const text = [...start, ...middle.cells, detail(line, Math.max(room, LEAST_DETAIL_WIDTH))].join('  ');
    return `${text.trimEnd()}\n`;
  }

  #middle(line: LogLine): { cells: string[]; width: number } {
    if (!line.name && !line.took) return { cells: [], width: 0 };
    const name = showText(line.name?.text ?? '');
    const both = this.#nameWidth + 2 + TOOK_WIDTH;
    if (!line.took) return { cells: [padEnd(shorten(name, both), both)], width: both + 2 };
    const took = painted(line.took, line.took.text.padStart(TOOK_WIDTH));
    const cells = [painted(line.name, padEnd(shorten(name, this.#nameWidth), this.#nameWidth)), took];
    return { cells, width: this.#nameWidth + 2 + Math.max(TOOK_WIDTH, line.took.text.length) + 2 };
  }
}

function grown(width: number, text: string, most: number): number {
  return Math.max(width, Math.min(most, textWidth(showText(text))));
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
