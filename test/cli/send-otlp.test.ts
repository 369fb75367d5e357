import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../src/async/virtual-clock.ts';
import { sendOtlp } from '../../src/cli/send-otlp.ts';
import { recorded } from '../report/formats/support.ts';
import { ToldRun } from '../report/support/told-run.ts';

/** A collector that gives these answers, one after the other, and keeps what it was sent. */
async function collector(...answers: readonly (readonly [status: number, body: string])[]) {
  const requests: { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers, body: await text(request) });
    const [status, body] = answers[requests.length - 1] ?? [200, '{}'];
    response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, requests, [Symbol.asyncDispose]: async () => void server.close() };
}

const told = new ToldRun().mode(0).start(0, 'p1').end(10, 'p1').modeEnd(10).runEnd(10);

it('sends spans to the path of all collectors or to the one that is given, with the headers of the environment', async () => {
  await using to = await collector();
  const environment = { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b, authorization=Bearer%20t' };
  const run = await recorded(told.events);
  expect(await sendOtlp(run, { endpoint: to.origin, environment })).toBe(undefined);
  expect(await sendOtlp(run, { endpoint: `${to.origin}/own/v1/traces`, environment: {} })).toBe(undefined);
  expect(to.requests.map(({ url }) => url)).toEqual(['/v1/traces', '/own/v1/traces']);
  const [first] = to.requests;
  expect(first?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-team': 'a b',
    authorization: 'Bearer t',
  });
  expect(JSON.parse(first?.body ?? '').resourceSpans[0].scopeSpans[0].spans).toHaveLength(3);
});

it('tries again what may pass, and says what does not: refusals, spans that were left out, nobody there', async () => {
  const run = await recorded(told.events);
  const send = (endpoint: string) => sendOtlp(run, { endpoint, environment: {}, clock: new VirtualClock() });
  await using busy = await collector([503, ''], [200, '{}']);
  expect(await send(busy.origin)).toBe(undefined);
  expect(busy.requests).toHaveLength(2);
  await using strict = await collector([400, 'no such tenant']);
  expect(await send(strict.origin)).toBe(`Cannot send spans to ${strict.origin}: it answered 400: no such tenant.`);
  expect(strict.requests).toHaveLength(1);
  await using choosy = await collector([200, '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}']);
  expect(await send(choosy.origin)).toBe(`Not all spans were taken by ${choosy.origin}: 2 rejected, too old.`);
  const gone = await collector();
  await gone[Symbol.asyncDispose]();
  expect(await send(gone.origin)).toMatch(/^Cannot send spans to .*ECONNREFUSED/);
});
