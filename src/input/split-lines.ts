import { tooLong } from './entry.ts';
import { SNIFFED_BYTES, sniffEncoding } from './sniff-encoding.ts';

/** A line without its ending, or why it cannot be read. `number` counts from 1. */
export type Line =
  | { readonly ok: true; readonly number: number; readonly text: string }
  | { readonly ok: false; readonly number: number; readonly problem: string };

/** How lines are to be handed out. */
export interface SplitOptions {
  /** The most that a line may hold. */
  readonly maxBytes: number;
  /** Leaves the carriage return of a CRLF where it is: in a quoted CSV cell it is text. */
  readonly keepCarriageReturns?: boolean;
}

/**
 * Cuts a stream of bytes into lines of text, in batches. Only a line feed ends a line; one carriage return before it
 * goes with it, as does one byte order mark at the start; the last line needs no ending. Holds a batch or a line.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, keepCarriageReturns = false }: SplitOptions,
): AsyncGenerator<readonly Line[]> {
  const splitter = new LineSplitter(maxBytes, keepCarriageReturns);
  const pieceBytes = Math.min(PIECE_BYTES, maxBytes);
  let first = true;
  for await (const chunk of withWholeHead(chunks)) {
    const sniffed = first ? sniffEncoding(chunk.subarray(0, SNIFFED_BYTES)) : { markBytes: 0 };
    first = false;
    if ('encoding' in sniffed) {
      const name = sniffed.encoding.toUpperCase();
      const problem = `Cannot read the file: it is ${name}, not UTF-8. Convert it: iconv -f ${sniffed.encoding} -t utf-8`;
      yield [{ ok: false, number: 1, problem }];
      return;
    }
    for (let from = sniffed.markBytes; from < chunk.length; from += pieceBytes) {
      yield splitter.take(chunk.subarray(from, from + pieceBytes));
    }
  }
  yield splitter.end();
}

/**
 * How much is cut into lines at once. Little, so that what is made of a batch can be forgotten before the garbage
 * collector makes room for more; and no more than a line may hold, so that only one that spans pieces can be too long.
 */
const PIECE_BYTES = 8 * 1024;
const LINE_FEED = 0x0a;

/** The same bytes, with enough of them in the first chunk to tell their encoding. */
async function* withWholeHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    if (heldBytes >= SNIFFED_BYTES) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= SNIFFED_BYTES) yield Buffer.concat(held.splice(0));
  }
  if (held.length > 0) yield Buffer.concat(held);
}

/** Cuts pieces of a file into lines, and carries the unfinished one over to the next piece. */
class LineSplitter {
  readonly #maxBytes: number;
  readonly #keepCarriageReturns: boolean;
  #number = 0;
  #carried: Uint8Array[] = [];
  #carriedBytes = 0;

  constructor(maxBytes: number, keepCarriageReturns: boolean) {
    this.#maxBytes = maxBytes;
    this.#keepCarriageReturns = keepCarriageReturns;
  }

  take(piece: Uint8Array): Line[] {
    const firstFeed = piece.indexOf(LINE_FEED);
    if (firstFeed === -1) {
      this.#carry(piece);
      return [];
    }
    const lastFeed = piece.lastIndexOf(LINE_FEED);
    this.#carry(piece.subarray(0, firstFeed));
    const lines = [this.#finish()];
    if (lastFeed > firstFeed) this.#cut(piece.subarray(firstFeed + 1, lastFeed), lines);
    this.#carry(piece.subarray(lastFeed + 1));
    return lines;
  }

  end(): Line[] {
    return this.#carriedBytes === 0 ? [] : [this.#finish()];
  }

  #carry(bytes: Uint8Array): void {
    this.#carriedBytes += bytes.length;
    if (this.#carriedBytes > this.#maxBytes) this.#carried = [];
    else if (bytes.length > 0) this.#carried.push(bytes);
  }

  #finish(): Line {
    const isTooLong = this.#carriedBytes > this.#maxBytes;
    const bytes = Buffer.concat(this.#carried);
    this.#carried = [];
    this.#carriedBytes = 0;
    if (!isTooLong) return this.#line(bytes);
    return this.#problem(`Cannot read the line: ${tooLong(this.#maxBytes, 'Split it, leave it out')}`);
  }

  /** Adds the lines of a whole stretch, decoded at once unless something in it is wrong. */
  #cut(bytes: Uint8Array, lines: Line[]): void {
    const text = decode(bytes);
    if (text !== undefined && !text.includes('\0')) {
      for (const line of text.split('\n')) lines.push(this.#text(line));
      return;
    }
    let from = 0;
    while (from <= bytes.length) {
      const feed = bytes.indexOf(LINE_FEED, from);
      const to = feed === -1 ? bytes.length : feed;
      lines.push(this.#line(bytes.subarray(from, to)));
      from = to + 1;
    }
  }

  #line(bytes: Uint8Array): Line {
    const text = decode(bytes);
    if (text === undefined) return this.#problem(NOT_UTF_8);
    return text.includes('\0') ? this.#problem(HAS_NUL) : this.#text(text);
  }

  #text(text: string): Line {
    const strip = !this.#keepCarriageReturns && text.endsWith('\r');
    return { ok: true, number: ++this.#number, text: strip ? text.slice(0, -1) : text };
  }

  #problem(problem: string): Line {
    return { ok: false, number: ++this.#number, problem };
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const NOT_UTF_8 =
  'Cannot read the line: it is not valid UTF-8. Save the file as UTF-8, or convert it from the encoding it is in, such as: iconv -f windows-1252 -t utf-8';
const HAS_NUL =
  'Cannot read the line: there is a NUL byte in it. Take it out, or if the file is UTF-16, convert it: iconv -f utf-16 -t utf-8';
