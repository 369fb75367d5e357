import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHttpGetTool } from '../../../src/tools/built-in/http-get.ts';
import { runTool } from './run-tool.ts';
import { serve } from './serve.ts';

const MEBIBYTE = 1024 * 1024;
const open = createHttpGetTool({ allowPrivate: true });

/** What http_get makes of one response. */
async function got(answer: (response: ServerResponse) => unknown): Promise<unknown> {
  await using server = await serve((_request, response) => answer(response));
  return await runTool(open, { url: server.url });
}

function saying(type: string | undefined, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return (response: ServerResponse) =>
    response.writeHead(200, { ...(type === undefined ? {} : { 'content-type': type }), ...headers }).end(body);
}

const bytes = (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding);

describe('http_get', () => {
  it('gives back text, and where it came from', async () => {
    await using server = await serve((_request, response) => saying('text/plain', 'Hello')(response));
    expect(await runTool(open, { url: server.url })).toEqual({
      url: server.url,
      status: 200,
      type: 'text/plain',
      body: 'Hello',
    });
  });

  it.each(['application/json', 'application/problem+json; charset=utf-8', 'text/json'])(
    'gives back JSON as JSON for %s',
    async (type) => {
      expect(await got(saying(type, '{"a":[1,null,"é"]}'))).toMatchObject({ body: { a: [1, null, 'é'] } });
    },
  );

  it('gives back as text what only says that it is JSON, or nests it too deeply', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(await got(saying('application/json', '{"a":'))).toMatchObject({ body: '{"a":' });
    expect(await got(saying('application/json', deep))).toMatchObject({ body: deep });
  });

  it('gives back the words of a page', async () => {
    const page = '<title>News</title><p>Read <a href="/more">more</a></p><script>no()</script>';
    expect(await got(saying('text/html', page))).toMatchObject({
      body: expect.stringMatching(/^News\nRead \[more\]\(http:\/\/127\.0\.0\.1:\d+\/more\)$/),
    });
  });

  it.each([
    ['the header', 'text/plain; charset=ISO-8859-1', bytes('caf\u00e9', 'latin1')],
    ['the header, in quotes', 'text/plain;charset="windows-1252"', bytes('caf\u00e9', 'latin1')],
    ['a byte order mark', 'text/plain; charset=utf-8', bytes('\ufeffcafé', 'utf16le')],
    ['a byte order mark of UTF-8', 'text/plain; charset=latin1', bytes('\ufeffcafé', 'utf8')],
    ['nothing', 'text/plain', bytes('café', 'utf8')],
  ])('reads the charset that %s declares', async (_where, type, body) => {
    expect(await got(saying(type, body))).toMatchObject({ body: 'café' });
  });

  it('reads the charset that a page declares of itself', async () => {
    const page = bytes('<meta charset="iso-8859-2"><p>\u00a3\u00f3d\u00bc</p>', 'latin1');
    expect(await got(saying('text/html', page))).toMatchObject({ body: 'Łódź' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('unpacks %s', async (encoding, pack) => {
    expect(await got(saying('text/plain', pack('packed'), { 'content-encoding': encoding }))).toMatchObject({
      body: 'packed',
    });
  });

  it('takes what names no type for text if it is', async () => {
    expect(await got(saying(undefined, 'café'))).toMatchObject({ type: '', body: 'café' });
    await expect(got(saying(undefined, Buffer.of(0xff, 0xd8, 0xff)))).rejects.toThrow(/it is no text.*3 bytes/);
  });

  it('takes 5 MiB', async () => {
    const most = 'x'.repeat(5 * MEBIBYTE);
    expect(await got(saying('text/plain', most))).toMatchObject({ body: most });
  });

  it.each([
    [
      'what is no text, with its type and size',
      saying('image/png', '12345', { 'content-length': '5' }),
      /image\/png \(5 bytes\)/,
    ],
    ['an unknown charset', saying('text/plain; charset=klingon', 'x'), /its charset is unknown \(klingon\)/],
    [
      'an unknown encoding',
      saying('text/plain', 'x', { 'content-encoding': 'zstd' }),
      /its encoding is unknown \(zstd\)/,
    ],
    ['a damaged encoding', saying('text/plain', 'x', { 'content-encoding': 'gzip' }), /its gzip encoding is damaged/],
    ['more than 5 MiB', saying('text/plain', Buffer.alloc(5 * MEBIBYTE + 1, 'x')), /larger than 5242880 bytes/],
    [
      'more than 5 MiB once unpacked',
      saying('text/plain', gzipSync(Buffer.alloc(6 * MEBIBYTE)), { 'content-encoding': 'gzip' }),
      /larger than 5242880 bytes/,
    ],
    ['an answer that breaks off', breakingOff, /it broke off/],
    ['an answer that never ends', endless, /larger than 5242880 bytes/],
  ])('refuses %s', async (_what, answer, problem) => {
    await expect(got(answer)).rejects.toThrow(problem);
  });

  it('does not wait for a body that is too large or no text', async () => {
    const announce = (type: string, length: number) => (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': type, 'content-length': String(length) }).flushHeaders();
    };
    await expect(got(announce('text/plain', 6 * MEBIBYTE))).rejects.toThrow('larger than');
    await expect(got(announce('video/mp4', 6 * MEBIBYTE))).rejects.toThrow('video/mp4 (6291456 bytes)');
  });

  it.each([
    [404, 'no such page', /^Cannot get http:\S+: the server answered 404 Not Found: no such page$/],
    [500, '', /the server answered 500 Internal Server Error\.$/],
    [304, '', /the server answered 304 Not Modified\.$/],
    [503, 'x'.repeat(2000), /503 Service Unavailable: x{500}…$/],
    [400, 'x'.repeat(MEBIBYTE), /400 Bad Request\.$/],
  ])('fails for status %d, with what the server says of it', async (status, body, message) => {
    await expect(
      got((response) => response.writeHead(status, { 'content-type': 'text/plain' }).end(body)),
    ).rejects.toThrow(message);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '169.254.169.254', '[::ffff:127.0.0.1]', '10.0.0.1'])(
    'asks nothing of %s unless private addresses are allowed',
    async (host) => {
      await using server = await serve((_request, response) => response.end('secret'));
      const shut = createHttpGetTool({ allowPrivate: false });
      await expect(runTool(shut, { url: `http://${host}:${server.port}/` })).rejects.toThrow(
        /is not on the public internet \(.*only --allow-private/,
      );
      expect(server.connections()).toBe(0);
    },
  );

  it('takes a URL and nothing else', async () => {
    await expect(runTool(open, {})).rejects.toThrow('url');
    await expect(runTool(open, { url: 'http://x/', headers: {} })).rejects.toThrow('headers');
  });

  it('only reads, and has 20 seconds for it', () => {
    expect(open.policy).toEqual({ effect: 'read', timeoutMs: 20_000 });
  });

  it('lets go of an answer that is not wanted any more', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const abort = new AbortController();
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('so far');
      response.on('close', resolve);
    });
    const result = runTool(open, { url: server.url }, abort.signal);
    await server.asked;
    abort.abort(new Error('time is up'));
    await expect(result).rejects.toThrow('time is up');
    await closed;
  });
});

function breakingOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' });
  response.write('so far', () => response.destroy());
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(MEBIBYTE, 'x');
  const more = () => {
    while (response.writable && response.write(chunk));
  };
  response.writeHead(200, { 'content-type': 'text/plain' }).on('drain', more);
  more();
}
