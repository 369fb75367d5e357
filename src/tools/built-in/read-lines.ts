import type { FileHandle } from 'node:fs/promises';

/** Which lines to read: `first` counts from 1. */
export interface LineRange {
  readonly first: number;
  readonly count: number;
  /** UTF-8 bytes that they may have together. */
  readonly maxBytes: number;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads lines of a UTF-8 text file, with their ends, without a byte order mark, and no more of the file than that takes.
 *
 * @throws {Error} that says so if the file is no UTF-8 text, has fewer lines than `first`, or the lines are too large
 */
export async function readLines(handle: FileHandle, range: LineRange, signal: AbortSignal): Promise<string> {
  const { first, count, maxBytes } = range;
  let line = 1;
  let text = '';
  let bytes = 0;
  for await (const piece of pieces(handle, signal)) {
    const from = line < first ? skipLines(piece, 0, first - line) : { at: 0, lines: 0 };
    const to = skipLines(piece, from.at, first + count - line - from.lines);
    line += from.lines + to.lines;
    text += piece.slice(from.at, to.at);
    bytes += Buffer.byteLength(piece.slice(from.at, to.at));
    if (bytes > maxBytes)
      throw new Error(`that is more than ${maxBytes} bytes; ask for fewer lines, by offset and limit`);
    if (line === first + count) break;
  }
  if (text === '' && first > 1) throw new Error(`it ends before line ${first}`);
  return text;
}

/** Where so many lines have ended, or the end of the text and how many lines end in it. */
function skipLines(text: string, from: number, count: number): { readonly at: number; readonly lines: number } {
  if (count === Number.POSITIVE_INFINITY) return { at: text.length, lines: 0 };
  let at = from;
  for (let lines = 0; lines < count; lines++) {
    const end = text.indexOf('\n', at);
    if (end < 0) return { at: text.length, lines };
    at = end + 1;
  }
  return { at, lines: count };
}

async function* pieces(handle: FileHandle, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array, stream: boolean) => {
    try {
      const text = decoder.decode(bytes, { stream });
      if (!text.includes('\0')) return text;
    } catch {
      // Said below.
    }
    throw new Error('it is no UTF-8 text');
  };
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
    yield decode(buffer.subarray(0, bytesRead), bytesRead > 0);
    if (bytesRead === 0) return;
  }
}
