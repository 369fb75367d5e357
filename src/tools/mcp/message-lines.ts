/** Where the lines of a stream go. */
export interface LineTaker {
  /** Bytes of the longest line that is passed on whole. */
  readonly maxBytes: number;
  onLine(line: string): void;
  /** A line was longer: `edges` is how it began and ended, `bytes` how long it was. */
  onOversized(edges: string, bytes: number): void;
}

const EDGE_BYTES = 256;

/**
 * Cuts a stream of bytes into lines without ever holding more of a line than is allowed. The returned function takes
 * the next bytes and gives how many the line has so far that has not ended.
 */
export function cutLines({ maxBytes, onLine, onOversized }: LineTaker): (chunk: Buffer) => number {
  let parts: Buffer[] = [];
  let bytes = 0;
  const keep = (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) parts = edgesOf(Buffer.concat(parts));
  };
  const end = () => {
    const text = Buffer.concat(parts).toString().trim();
    const length = bytes;
    parts = [];
    bytes = 0;
    if (length > maxBytes) onOversized(text, length);
    else if (text !== '') onLine(text);
  };
  return (chunk) => {
    let from = 0;
    for (let to = chunk.indexOf('\n'); to !== -1; to = chunk.indexOf('\n', from)) {
      keep(chunk.subarray(from, to));
      end();
      from = to + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
    return bytes;
  };
}

/** Copies, so that what lies between them can be forgotten. */
function edgesOf(line: Buffer): Buffer[] {
  if (line.length <= 2 * EDGE_BYTES) return [line];
  return [Buffer.from(line.subarray(0, EDGE_BYTES)), Buffer.from(line.subarray(-EDGE_BYTES))];
}
