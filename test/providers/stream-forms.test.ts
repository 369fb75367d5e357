import type { ServerResponse } from 'node:http';
import { brotliCompressSync, constants, createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../src/providers/wire/read-events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, endOf, modelOf, respond } from './support/open-model.ts';
import { PROTOCOLS } from './support/protocols.ts';
import type { Answer } from './support/wire-server.ts';
import { json, WireServer } from './support/wire-server.ts';

type Event = object | string;

/** The ways in which an event may be put into a stream; what is no object is put there as it is. */
const FORMS: Readonly<Record<string, (event: object) => string>> = {
  'without a name': (event) => `data: ${JSON.stringify(event)}\n\n`,
  'without a space': (event) => `data:${JSON.stringify(event)}\n\n`,
  'with a name and an id in front': (event) => `event: ${nameOf(event)}\nid: 1\ndata: ${JSON.stringify(event)}\n\n`,
  'with a name and an id behind': (event) => `data: ${JSON.stringify(event)}\nid: 1\nevent: ${nameOf(event)}\n\n`,
  'with a comment inside': (event) => `: thinking\ndata: ${JSON.stringify(event)}\n\n`,
  'with comments between': (event) => `: keep-alive\n\ndata: ${JSON.stringify(event)}\n\nretry: 3000\n\n`,
  'over several lines': (event) => `data: ${JSON.stringify(event, null, 1).split('\n').join('\ndata: ')}\n\n`,
  'in lines that end with both characters': (event) => `data: ${JSON.stringify(event)}\r\n\r\n`,
  'in lines that end with a carriage return': (event) => `data: ${JSON.stringify(event)}\r\r`,
  'in lines that end in all ways': (event) => `: x\rdata: ${JSON.stringify(event)}\r\n\n`,
  'among events without data': (event) => `data:\n\ndata: \n\nevent: x\n\ndata: ${JSON.stringify(event)}\n\n`,
  'among signs of life': (event) => `event: ping\ndata: pong\n\ndata: null\n\ndata: ${JSON.stringify(event)}\n\n`,
  'among events that nobody knows': (event) =>
    `data: {"type":"response.new","error":null}\n\ndata: ${JSON.stringify(event)}\n\n`,
};

const nameOf = (event: object) => ('type' in event && typeof event.type === 'string' ? event.type : 'message');
const written = (events: readonly Event[], form = FORMS['without a name']) =>
  events.map((event) => (typeof event === 'string' ? event : form?.(event))).join('');

/** An answer of these bytes, each piece in a packet of its own. */
const bytes =
  (pieces: readonly (Uint8Array | string)[], headers: Record<string, string> = {}): Answer =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    for (const piece of pieces) await flushed(response, piece);
    response.end();
  };

function flushed(response: ServerResponse, piece: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => response.write(piece, () => resolve()));
}

/** Compressed so that each piece can be read when it is there. */
async function gzippedInPieces(pieces: readonly string[]): Promise<readonly Uint8Array[]> {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  const all: Uint8Array[] = [];
  gzip.on('data', (chunk: Uint8Array) => all.push(chunk));
  for (const piece of pieces) await new Promise((resolve) => gzip.write(piece, resolve));
  await new Promise((resolve) => gzip.end(resolve));
  return all;
}

describe.each(PROTOCOLS)('%s', (_name, { id, basePath, text, call, ending }) => {
  const model = (server: WireServer, overrides = {}) =>
    modelOf(id, { baseUrl: server.origin + basePath, ...overrides });
  const SAID = 'Let me see: ünï 🎈\u2028.';
  const EVENTS = [text(SAID), call('c1', 'look', '{"city":"Malmö 🎈"}'), ...ending];

  /** What is heard of an answer: the same whatever form it has. */
  async function heard(answer: Answer) {
    await using server = await WireServer.start(answer);
    const events = await respond(model(server));
    const calls = events.flatMap((event) => (event.kind === 'call' ? [event.call] : []));
    const { stop, text } = endOf(events);
    return { stop, text, calls };
  }

  const ALL = {
    stop: 'done',
    text: SAID,
    calls: [{ callId: 'c1', name: 'look', argumentsText: '{"city":"Malmö 🎈"}' }],
  };

  test.each(Object.entries(FORMS))('a stream of events %s says the same', async (_form, form) => {
    expect(await heard(bytes([written(EVENTS, form)]))).toEqual(ALL);
  });

  test('a stream says the same after a byte order mark, and without the empty line at its end', async () => {
    expect(await heard(bytes([`\ufeff${written(EVENTS).trimEnd()}`]))).toEqual(ALL);
  });

  test('a stream says the same one byte at a time', async () => {
    const everyByte = Array.from(Buffer.from(written(EVENTS, FORMS['in lines that end in all ways'])), (byte) =>
      Uint8Array.of(byte),
    );
    expect(await heard(bytes(everyByte))).toEqual(ALL);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('a stream that was compressed with %s says the same', async (encoding, compress) => {
    expect(await heard(bytes([compress(written(EVENTS))], { 'content-encoding': encoding }))).toEqual(ALL);
  });

  test('what is there of a compressed stream is heard at once', async () => {
    const pieces = await gzippedInPieces(EVENTS.map((event) => written([event])));
    const over = Promise.withResolvers<void>();
    await using server = await WireServer.start(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      for (const piece of pieces.slice(0, 2)) await flushed(response, piece);
      await over.promise;
      response.end(Buffer.concat(pieces.slice(2)));
    });
    const session = await model(server).open(new AbortController().signal);
    let said = '';
    for await (const event of session.respond(ask('hello'), new AbortController().signal)) {
      if (event.kind === 'text') said += event.delta;
      if (said === SAID) over.resolve();
    }
    expect(said).toBe(SAID);
  });

  test('a compressed stream that breaks off is incomplete, and one that is damaged is told to be', async () => {
    const compressed = gzipSync(written(EVENTS));
    const half = heard(bytes([compressed.subarray(0, compressed.length / 2)], { 'content-encoding': 'gzip' }));
    await expect(half).rejects.toMatchObject({ code: 'incomplete_stream' });
    await expect(heard(bytes(['nonsense'], { 'content-encoding': 'gzip' }))).rejects.toThrow('cannot be decompressed');
  });

  test('an error that stands in the stream by itself is an error of its own kind', async () => {
    const error = { error: { code: 503, message: 'Overloaded.', status: 'UNAVAILABLE' } };
    const answer = bytes([written([text('half')]), JSON.stringify(error, null, 2)]);
    await expect(heard(answer)).rejects.toMatchObject({ code: 'server', status: 503 });
  });

  test.each([
    ['text/html', '<html>\n\nSign in</html>'],
    ['application/json', '{"status":"ok"}'],
  ])('an answer that is %s is told as what it is, and not asked for again', async (type, body) => {
    await using server = await WireServer.start((response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const baseUrl = server.origin + basePath;
    await expect(respond(modelOf(id, { baseUrl, maxAttempts: 3 }))).rejects.toMatchObject({
      code: 'unavailable',
      message: `Cannot ask ${id} at ${baseUrl}: it answers with ${type} instead of a stream of events.`,
    });
    expect(server.received).toHaveLength(1);
  });

  test.each([307, 308])('a request that is sent on within the server (%i) goes there as it is', async (status) => {
    const elsewhere = `${basePath}/elsewhere?again`;
    const moved: Answer = (response) => void response.writeHead(status, { location: elsewhere }).end();
    await using server = await WireServer.start(moved, bytes([written(EVENTS)]));
    expect(endOf(await respond(model(server))).text).toBe(SAID);
    const [first, second] = server.received;
    expect(second).toEqual({ ...first, path: elsewhere });
  });

  test.each([
    ['another server', 307, 'http://localhost:9/v1'],
    ['another method', 302, undefined],
  ])('a request that is sent on to %s stays, and the error says where', async (_to, status, location) => {
    await using server = await WireServer.start((response, { path }) => {
      response.writeHead(status, { location: location ?? `${path}&again` }).end();
    });
    const target = location ?? `${server.origin}${basePath}`;
    const attempt = respond(model(server, { maxAttempts: 3 }));
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' });
    await expect(attempt).rejects.toThrow(`it sends requests on to ${target}`);
    expect(server.received).toHaveLength(1);
  });

  test('a request that is sent on for ever ends', async () => {
    await using server = await WireServer.start((response, { path }) => {
      response.writeHead(308, { location: path }).end();
    });
    await expect(respond(model(server))).rejects.toThrow('it sends requests on to');
    expect(server.received.length).toBeLessThan(10);
  });

  test('an error in a list of one is read as the one', async () => {
    const error = { error: { code: 429, message: 'Slow.', status: 'RESOURCE_EXHAUSTED', details: [RETRY_INFO] } };
    await using server = await WireServer.start(json(429, [error]));
    await expect(respond(model(server))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 3500,
      message: `Cannot ask ${id}: too many requests (429: Slow).`,
    });
  });
});

const RETRY_INFO = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.5s' };

test('a comment is a sign of life: a server that sends one is not silent', async () => {
  const clock = new FakeClock();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const server = writable.getWriter();
  const send = (text: string) => void server.write(Buffer.from(text));
  const limits = { clock, firstByteTimeoutMs: 1000, idleTimeoutMs: 5000 };
  const events = readEvents(async () => new Response(readable), new AbortController().signal, limits);
  const reading = Array.fromAsync(events);
  for (let comments = 0; comments < 3; comments++) {
    await clock.advance(4000);
    send(': still thinking\n\n');
  }
  await clock.advance(4000);
  send('data: {"n":1}\n\n');
  void server.close();
  expect((await reading).flat()).toEqual([{ n: 1 }]);
});

test('a server that sends nothing more after a comment is silent', async () => {
  const clock = new FakeClock();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const server = writable.getWriter();
  void server.write(Buffer.from(': hello\n\n'));
  const limits = { clock, firstByteTimeoutMs: 1000, idleTimeoutMs: 5000 };
  const events = readEvents(
    async (signal) => {
      signal.addEventListener('abort', () => void server.abort(signal.reason));
      return new Response(readable);
    },
    new AbortController().signal,
    limits,
  );
  const reading = Array.fromAsync(events).catch((error: unknown) => error);
  await clock.advance(5000);
  expect(await reading).toMatchObject({ code: 'idle' });
});
