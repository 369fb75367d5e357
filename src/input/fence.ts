/** Where a line stands with regard to fenced code. */
export type FencePlace = 'outside' | 'opens' | 'inside' | 'closes';

/**
 * Follows the fenced code of a Markdown text line by line, by CommonMark's rules: a fence is at least three backticks or
 * tildes, at most three spaces in; it is closed by at least as many of the same, alone on their line. Source:
 * https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export class Fence {
  #marker = '';

  get isOpen(): boolean {
    return this.#marker !== '';
  }

  /** Takes the next line and says where it stands. */
  take(line: string): FencePlace {
    if (!this.isOpen) {
      this.#marker = OPENING.exec(line)?.[1] ?? '';
      return this.isOpen ? 'opens' : 'outside';
    }
    const closing = CLOSING.exec(line)?.[1] ?? '';
    if (closing[0] !== this.#marker[0] || closing.length < this.#marker.length) return 'inside';
    this.#marker = '';
    return 'closes';
  }
}

// After backticks there may be no other backtick on the line: that would be code in running text.
const OPENING = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const CLOSING = /^ {0,3}(`{3,}|~{3,})[ \t]*$/;
