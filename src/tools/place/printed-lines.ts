import { cutOff } from '../../contract/cut-off.ts';

const MAX_LINES = 1000;
const MAX_LINE_LENGTH = 2000;

/** Makes whole lines of what one call prints piece by piece. A call that prints without end is cut off. */
export class PrintedLines {
  readonly #tell: (line: string) => void;
  #begun = '';
  #told = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add(text: string): void {
    const lines = text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (this.#told > MAX_LINES) return;
      // A character more, by which a line that is too long is known.
      this.#begun += line.slice(0, MAX_LINE_LENGTH + 1 - this.#begun.length);
      if (index < lines.length - 1) this.end();
    }
  }

  /** Tells what there is of a last line that was not ended. */
  end(): void {
    const line = cutOff(this.#begun.trimEnd(), MAX_LINE_LENGTH);
    this.#begun = '';
    if (line === '' || this.#told > MAX_LINES) return;
    this.#told += 1;
    this.#tell(this.#told > MAX_LINES ? `[more than ${MAX_LINES} lines: the rest is left out]` : line);
  }
}
