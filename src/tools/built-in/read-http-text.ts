import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { messageOf } from '../../contract/errors.ts';
import type { HttpAnswer } from './guarded-get.ts';

/** What a response says, if it says it in words. `type` is its media type, or empty if it names none. */
export type HttpText =
  | { readonly ok: true; readonly type: string; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** Reads a response as text of at most `maxBytes`, in the charset that it declares; leaves unread what is no text. */
export async function readHttpText(answer: HttpAnswer, maxBytes: number): Promise<HttpText> {
  const contentType = answer.headers['content-type'] ?? '';
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  try {
    checkHeaders(answer, type, maxBytes);
    const bytes = await unpack(await readBytes(answer, maxBytes), answer.headers['content-encoding'], maxBytes);
    return { ok: true, type, text: decode(bytes, type, contentType) };
  } catch (error) {
    answer.body.destroy();
    if (error instanceof Unreadable) return { ok: false, problem: error.message };
    return { ok: false, problem: `it broke off: ${messageOf(error)}` };
  }
}

class Unreadable extends Error {}

const TEXT_TYPE =
  /^(?:text\/.*|application\/(?:json|xml|javascript|yaml|x-yaml|toml|(?:x-)?ndjson|jsonl)|.*\+(?:json|xml|yaml))$/;

function checkHeaders({ headers }: HttpAnswer, type: string, maxBytes: number): void {
  const length = headers['content-length'];
  if (type !== '' && !TEXT_TYPE.test(type)) {
    throw new Unreadable(`it is no text but ${type} (${length === undefined ? 'of unknown size' : `${length} bytes`})`);
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
}

async function readBytes({ body }: HttpAnswer, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const UNPACKERS = new Map([
  ['gzip', promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(gunzip)],
  ['deflate', promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflate)],
  ['br', promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(brotliDecompress)],
]);

async function unpack(bytes: Uint8Array, encoding: string | undefined, maxBytes: number): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  const unpacker = UNPACKERS.get(encoding.trim().toLowerCase());
  if (!unpacker) throw new Unreadable(`its encoding is unknown (${encoding})`);
  try {
    return await unpacker(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : new Unreadable(`its ${encoding} encoding is damaged`);
  }
}

function tooLarge(maxBytes: number): Unreadable {
  return new Unreadable(`it is larger than ${maxBytes} bytes`);
}

function decode(bytes: Uint8Array, type: string, contentType: string): string {
  const charset = declaredCharset(bytes, type, contentType) ?? 'utf-8';
  try {
    // Only what does not say that it is text has to prove it.
    return new TextDecoder(charset, { fatal: type === '' }).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable(`its charset is unknown (${charset})`);
    throw new Unreadable(`it is no text, and does not name what it is (${bytes.length} bytes)`);
  }
}

/** In the order that the HTML standard gives: a byte order mark, the header, the page itself. */
function declaredCharset(bytes: Uint8Array, type: string, contentType: string): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  if (start.startsWith('\u00ff\u00fe')) return 'utf-16le';
  if (start.startsWith('\u00fe\u00ff')) return 'utf-16be';
  if (start.startsWith('\u00ef\u00bb\u00bf')) return 'utf-8';
  const inHeader = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  return inHeader ?? (type === 'text/html' ? /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(start)?.[1] : undefined);
}
