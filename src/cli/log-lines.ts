import { showCount } from '../report/show-number.ts';

/** How much may wait for a slow reader. */
export const MOST_WAITING_BYTES = 8 * 2 ** 20;

/** Where lines are written to. */
export interface LineTarget {
  /** What waits for a slow reader. */
  readonly waitingBytes: number;
  write(text: string): unknown;
}

/**
 * The log's way to a reader who may be slow: so that nothing waits for it, lines beyond 8 MiB are left out, and how many
 * is said where they would have stood.
 */
export class LogLines {
  readonly #target: LineTarget;
  readonly #journalPath: string;
  #leftOut = 0;
  /** Lines that are kept back, and how long they are together. */
  #held: { lines: string[]; characters: number } | undefined;

  constructor(target: LineTarget, journalPath: string) {
    this.#target = target;
    this.#journalPath = journalPath;
  }

  readonly write = (text: string): void => {
    // Once behind, it waits for some room: otherwise every other line would be left out.
    const most = this.#leftOut > 0 ? MOST_WAITING_BYTES / 2 : MOST_WAITING_BYTES;
    if ((this.#held?.characters ?? this.#target.waitingBytes) > most) {
      this.#leftOut += 1;
      return;
    }
    this.finish();
    this.#put(text);
  };

  /** Holds lines back until the returned function is called: a person is being asked something on the same terminal. */
  hold(): () => void {
    this.#held ??= { lines: [], characters: 0 };
    return () => {
      const { lines = [] } = this.#held ?? {};
      this.#held = undefined;
      for (const line of lines) this.#target.write(line);
    };
  }

  /** Says what was left out at the log's end. */
  finish(): void {
    if (this.#leftOut === 0) return;
    const lines = this.#leftOut === 1 ? 'line was' : 'lines were';
    const text = `… ${showCount(this.#leftOut)} ${lines} left out here for a slow reader; all are in ${this.#journalPath}\n`;
    this.#leftOut = 0;
    this.#put(text);
  }

  #put(text: string): void {
    if (!this.#held) {
      this.#target.write(text);
      return;
    }
    this.#held.lines.push(text);
    this.#held.characters += text.length;
  }
}
