import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ask, modelOf, respond } from './support/open-model.ts';
import { json, WireServer } from './support/wire-server.ts';

const failureOf = async (status: number, body: unknown, headers: Record<string, string> = {}) => {
  await using server = await WireServer.start(json(status, body, headers));
  return await respond(modelOf('openai/m', { baseUrl: `${server.origin}/v1` }), ask('hello')).then(
    () => undefined,
    (error: unknown) => error,
  );
};
const said = (message: string, extra: object = {}) => ({ error: { message, ...extra } });

test.each([
  [400, {}, 'rejected'],
  [401, {}, 'authentication'],
  [402, {}, 'quota'],
  [403, {}, 'authentication'],
  [404, {}, 'rejected'],
  [408, {}, 'server'],
  [409, {}, 'server'],
  [413, {}, 'rejected'],
  [422, {}, 'rejected'],
  [425, {}, 'server'],
  [429, {}, 'rate_limited'],
  [429, { code: 'insufficient_quota' }, 'quota'],
  [429, { type: 'insufficient_quota' }, 'quota'],
  [500, {}, 'server'],
  [502, {}, 'server'],
  [503, {}, 'server'],
  [504, {}, 'server'],
  [529, {}, 'server'],
])('%i with %j means %s', async (status, extra, code) => {
  expect(await failureOf(status, said('It said so.', extra))).toMatchObject({ code, status });
});

test('a request that is larger than a whole minute allows is not worth asking again', async () => {
  const message = 'Request too large for m on tokens per min (TPM): Limit 30000, Requested 42330.';
  expect(await failureOf(429, said(message, { code: 'rate_limit_exceeded' }))).toMatchObject({ code: 'rejected' });
});

test.each([
  [{ 'retry-after': '61' }, 61_000],
  [{ 'retry-after': '1.5' }, 1500],
  [{ 'retry-after-ms': '300', 'retry-after': '9' }, 300],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
  [{}, undefined],
])('%j asks to wait %s ms', async (headers, retryAfterMs) => {
  expect(await failureOf(429, said('Slow.'), headers as Record<string, string>)).toMatchObject({ retryAfterMs });
});

test('a date in retry-after is a wait until then', async () => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  const error = await failureOf(503, said('Busy.'), { 'retry-after': date });
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(60_000);
});

test("the server's own word on asking again is kept, and turns a refusal into a passing failure", async () => {
  expect(await failureOf(500, said('No.'), { 'x-should-retry': 'false' })).toMatchObject({
    code: 'server',
    shouldRetry: false,
  });
  expect(await failureOf(404, said('Not yet.'), { 'x-should-retry': 'true' })).toMatchObject({
    code: 'server',
    shouldRetry: true,
  });
});

test.each([
  [
    said('Incorrect\n  API key.'),
    401,
    'Cannot ask openai/m: the server refused the key (401: Incorrect API key). Check OPENAI_API_KEY.',
  ],
  [
    { error: 'model "m" not found' },
    404,
    'Cannot ask openai/m: the server refused the request (404: model "m" not found).',
  ],
  [{ detail: 'Not Found' }, 404, 'Cannot ask openai/m: the server refused the request (404: Not Found).'],
  [
    said('Broke.', { code: 'insufficient_quota' }),
    429,
    'Cannot ask openai/m: the account has no quota left (429: Broke). Check its plan and billing.',
  ],
])('%j is told in one line', async (body, status, message) => {
  expect(await failureOf(status, body)).toMatchObject({ message });
});

test.each([
  ['<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>', '502: 502 Bad Gateway'],
  ['<h1>Down</h1>', '502: <h1>Down</h1>'],
  ['upstream request timeout', '502: upstream request timeout'],
  ['', '502'],
])('a failure that says %j is told as (%s)', async (body, told) => {
  for (const id of ['openai/m', 'gemini/m']) {
    await using server = await WireServer.start((response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end(body);
    });
    await expect(respond(modelOf(id, { baseUrl: server.origin }), ask('hello'))).rejects.toMatchObject({
      code: 'server',
      message: `Cannot ask ${id}: the server failed (${told}).`,
    });
  }
});

test('a failure that was compressed is read', async () => {
  await using server = await WireServer.start((response) => {
    response.writeHead(400, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(said('It said so.'))));
  });
  await expect(respond(modelOf('openai/m', { baseUrl: server.origin }), ask('hello'))).rejects.toMatchObject({
    message: 'Cannot ask openai/m: the server refused the request (400: It said so).',
  });
});

test('a page of an error is quoted only in part', async () => {
  const error = await failureOf(500, said('x'.repeat(5000)));
  expect((error as Error).message.length).toBeLessThan(700);
});

test('a server that speaks no TLS is told in words, and not asked again', async () => {
  await using server = await WireServer.start(json(200, {}));
  const baseUrl = server.origin.replace('http:', 'https:');
  await expect(respond(modelOf('openai/m', { baseUrl, maxAttempts: 6 }))).rejects.toMatchObject({
    code: 'unavailable',
    message: `Cannot ask openai/m at ${baseUrl}: no secure connection (ERR_SSL_WRONG_VERSION_NUMBER).`,
  });
});
