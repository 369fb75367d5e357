import { createReadStream } from 'node:fs';

const NEWLINE = 0x0a;

/** A line without its end. */
export interface Line {
  readonly text: string;
  /** In bytes, where it begins. */
  readonly offset: number;
  /** Whether it ends with a newline. */
  readonly isWhole: boolean;
}

/** The lines of a file, one after the other, with a last one that has no end. */
export async function* readLines(path: string): AsyncGenerator<Line, void, void> {
  let rest: Buffer[] = [];
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(from, end)]);
      yield { text: bytes.toString(), offset, isWhole: true };
      offset += bytes.length + 1;
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield { text: last.toString(), offset, isWhole: false };
}
