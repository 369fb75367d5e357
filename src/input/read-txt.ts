import type { Found } from './entry.ts';
import { tooLong } from './entry.ts';
import { Fence } from './fence.ts';
import type { Line } from './split-lines.ts';
import { splitLines } from './split-lines.ts';

/**
 * Reads plain text, which is in one of two modes.
 *
 * Line mode: a prompt per line, as it stands; blank lines and lines that start with `#` are skipped, `\#` at the start is
 * a literal `#`. Fenced code is never cut up: it belongs, with its fences, to the prompt on the line directly above it,
 * and is a prompt of its own where there is none.
 *
 * Block mode, if any line outside fenced code is exactly `---`: a prompt is what stands between two such lines, without
 * the blank lines around it. Nothing in a block is a comment, so that Markdown headings survive; `\---` is a literal
 * `---`. Empty blocks are skipped.
 */
export async function* readTxt(
  open: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly Found[]> {
  const isInBlocks = await hasSeparator(splitLines(open(), { maxBytes }));
  const gatherer = new Gatherer(maxBytes, isInBlocks ? takeBlockLine : takeLine);
  for await (const lines of splitLines(open(), { maxBytes })) {
    for (const line of lines) gatherer.take(line);
    yield gatherer.found.splice(0);
  }
  gatherer.end();
  yield gatherer.found;
}

const SEPARATOR = '---';

async function hasSeparator(batches: AsyncIterable<readonly Line[]>): Promise<boolean> {
  const fence = new Fence();
  for await (const lines of batches) {
    for (const line of lines) {
      if (line.ok && fence.take(line.text) === 'outside' && line.text === SEPARATOR) return true;
    }
  }
  return false;
}

type TakeLine = (gatherer: Gatherer, number: number, text: string) => void;

/** What a line outside fenced code means in line mode. */
function takeLine(gatherer: Gatherer, number: number, text: string): void {
  gatherer.finish();
  if (isBlank(text) || text.startsWith('#')) return;
  gatherer.add(number, text.startsWith('\\#') ? text.slice(1) : text);
}

/** What a line outside fenced code means in block mode. */
function takeBlockLine(gatherer: Gatherer, number: number, text: string): void {
  if (text === SEPARATOR) gatherer.finish();
  else gatherer.add(number, text === `\\${SEPARATOR}` ? SEPARATOR : text);
}

/** Puts the lines of prompts together. */
class Gatherer {
  readonly found: Found[] = [];
  readonly #maxBytes: number;
  readonly #takeOutside: TakeLine;
  readonly #fence = new Fence();
  #fenceLine = 0;
  #firstLine = 0;
  #lines: string[] = [];
  /** Of all its lines, each with a line feed. */
  #bytes = 0;

  constructor(maxBytes: number, takeOutside: TakeLine) {
    this.#maxBytes = maxBytes;
    this.#takeOutside = takeOutside;
  }

  take(line: Line): void {
    if (!line.ok) {
      this.found.push({ ok: false, line: line.number, problem: line.problem });
      return;
    }
    const place = this.#fence.take(line.text);
    if (place === 'opens') this.#fenceLine = line.number;
    if (place === 'outside') this.#takeOutside(this, line.number, line.text);
    else this.add(line.number, line.text);
  }

  add(number: number, text: string): void {
    if (this.#bytes === 0 && isBlank(text)) return;
    if (this.#bytes === 0) this.#firstLine = number;
    this.#bytes += Buffer.byteLength(text) + 1;
    if (!this.#isTooLong) this.#lines.push(text);
    else this.#lines = [];
  }

  finish(): void {
    if (this.#bytes === 0) return;
    const firstLine = this.#firstLine;
    if (this.#isTooLong) {
      const problem = `Cannot read the prompt that starts here: ${tooLong(this.#maxBytes, 'Split it with lines of ---')}`;
      this.found.push({ ok: false, line: firstLine, problem });
    } else {
      while (isBlank(this.#lines.at(-1) ?? '-')) this.#lines.pop();
      const prompt = this.#lines.join('\n');
      const lineOf = (_field: string, linesDown: number) => firstLine + linesDown;
      const entry = { line: firstLine, fields: { prompt }, ...(this.#lines.length > 1 && { lineOf }) };
      this.found.push({ ok: true, entry });
    }
    this.#lines = [];
    this.#bytes = 0;
  }

  get #isTooLong(): boolean {
    return this.#bytes > this.#maxBytes + 1;
  }

  end(): void {
    if (this.#fence.isOpen) this.found.push({ ok: false, line: this.#fenceLine, problem: NOT_CLOSED });
    else this.finish();
  }
}

function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

const NOT_CLOSED =
  'Cannot find the end of the fenced code that starts here: it is never closed. Close it with a line of the same characters.';
