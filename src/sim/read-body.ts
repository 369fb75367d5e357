import type { IncomingMessage } from 'node:http';

/** The largest body that is read. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A request's whole body as text; undefined if it is too large, and a rejection if the client goes away. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes > MAX_BODY_BYTES) return undefined;
  return (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString();
}
