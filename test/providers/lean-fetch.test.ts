import { getEventListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { Exchange } from '../../src/providers/http/exchange.ts';
import { leanFetch } from '../../src/providers/http/lean-fetch.ts';
import { isLocalUrl, isLoopbackUrl } from '../../src/providers/http/local-url.ts';
import { settle } from '../support/fake-clock.ts';
import { json, stalled, stream, WireServer } from './support/wire-server.ts';

const options = { env: {}, connectTimeoutMs: 10_000 };

test('a request goes out with its method, headers and text, and the response comes with status and headers', async () => {
  await using server = await WireServer.start(json(201, { ok: true }, { 'x-request-id': 'r1' }));
  const fetch = await leanFetch(server.origin, options);
  const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
  const response = await fetch(`${server.origin}/v1/things?alt=sse`, { method: 'POST', headers, body: '{"a":"ü"}' });
  expect(server.received).toMatchObject([{ method: 'POST', path: '/v1/things?alt=sse', headers, body: { a: 'ü' } }]);
  expect([response.status, response.ok, response.headers.get('X-Request-Id'), response.headers.get('none')]).toEqual([
    201,
    true,
    'r1',
    null,
  ]);
  expect([...response.headers.entries()]).toContainEqual(['x-request-id', 'r1']);
  expect(await response.json()).toEqual({ ok: true });
});

test('anything but text is refused rather than sent wrongly', async () => {
  const fetch = await leanFetch('http://127.0.0.1:1', options);
  await expect(fetch('http://127.0.0.1:1', { method: 'POST', body: new Uint8Array(3) })).rejects.toThrow(
    'only text is supported',
  );
});

test('bytes come as they arrive', async () => {
  const second = Promise.withResolvers<void>();
  await using server = await WireServer.start(async (response) => {
    response.writeHead(200).write('one');
    await second.promise;
    response.end('two');
  });
  const fetch = await leanFetch(server.origin, options);
  const reader = (await fetch(server.origin)).body?.getReader();
  const next = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await next()).toBe('one');
  second.resolve();
  expect(await next()).toBe('two');
  expect(await reader?.read()).toEqual({ done: true, value: undefined });
});

test('an abort fails the request or the read that waits with its reason, closes the connection and leaves no listener', async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await WireServer.start(() => asked.resolve(), stalled('data: x\n\n'));
  const fetch = await leanFetch(server.origin, options);
  for (const phase of ['before', 'during'] as const) {
    const controller = new AbortController();
    const reason = new Error(phase);
    const response = fetch(server.origin, { signal: controller.signal });
    response.catch(() => {});
    if (phase === 'before') {
      await asked.promise;
      controller.abort(reason);
      await expect(response).rejects.toBe(reason);
    } else {
      const reader = (await response).body?.getReader();
      await reader?.read();
      const waiting = reader?.read();
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  }
  await server.abandonment();
  await expect(fetch(server.origin, { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
  expect(server.received).toHaveLength(2);
});

test('a finished response leaves no listener on its signal', async () => {
  await using server = await WireServer.start(stream('data: x\n\n'));
  const { signal } = new AbortController();
  const fetch = await leanFetch(server.origin, options);
  await (await fetch(server.origin, { signal })).text();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('connections are used again, also after a body whose end nobody read', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    sockets.add(request.socket);
    response.writeHead(200).write('data: [DONE]\n\n');
    setImmediate(() => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetch = await leanFetch(origin, options);
  for (let round = 0; round < 5; round++) {
    const reader = (await fetch(origin)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await settle();
  }
  expect(sockets.size).toBeLessThan(5);
  server.closeAllConnections();
  server.close();
});

test('a reader that does not read makes the server wait', async () => {
  const exchange = new Exchange('http://x/', undefined);
  const controller = fakeController();
  exchange.onRequestStart(controller);
  exchange.onResponseStart(controller, 200, {});
  const reader = exchange.body.getReader();
  for (let sent = 0; !controller.paused; sent++) {
    expect(sent).toBeLessThan(100);
    exchange.onResponseData(controller, new Uint8Array(1000));
  }
  await reader.read();
  await reader.read();
  expect(controller.paused).toBe(false);
  exchange.onResponseEnd();
  expect((await exchange.text()).length).toBe(64_000);
});

test('an early hint is not the response, and an abort before the request is under way ends it when it is', async () => {
  const controller = new AbortController();
  const exchange = new Exchange('http://x/', controller.signal);
  exchange.started.catch(() => {});
  exchange.onResponseStart(fakeController(), 103, {});
  controller.abort(new Error('no more'));
  await expect(exchange.started).rejects.toThrow('no more');
  const undici = fakeController();
  exchange.onRequestStart(undici);
  expect(undici.reason).toMatchObject({ message: 'no more' });
});

test('a connection that is not ready in time is given up', async () => {
  const mute = createTcpServer();
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const origin = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const fetch = await leanFetch(origin, { ...options, connectTimeoutMs: 20 });
  await expect(fetch(origin)).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
  mute.close();
});

test('requests go through the proxy that the environment names, but not those to this machine', async () => {
  await using server = await WireServer.start(json(200, {}));
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer().on('connect', (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url);
    const upstream = connect(Number(new URL(server.origin).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const env = { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const far = 'http://models.example/v1';
  const response = await (await leanFetch(far, { ...options, env }))(`${far}/models`);
  expect(response.status).toBe(200);
  expect(tunnels).toEqual(['models.example:80']);
  expect(server.received).toMatchObject([{ path: '/v1/models', headers: { host: 'models.example' } }]);
  await (await leanFetch(server.origin, { ...options, env }))(server.origin);
  expect(tunnels).toHaveLength(1);
  proxy.closeAllConnections();
  proxy.close();
});

test.each([
  ['http://localhost:1/v1', true, true],
  ['http://box.localhost', true, true],
  ['http://127.0.0.9', true, true],
  ['http://[::1]:9', true, true],
  ['http://192.168.0.1', false, true],
  ['http://172.20.0.1', false, true],
  ['http://[fd00::1]', false, true],
  ['http://gpu.lan', false, true],
  ['http://172.32.0.1', false, false],
  ['https://localhost.example.com', false, false],
])('%s: this machine %s, local %s', (url, loopback, local) => {
  expect([isLoopbackUrl(url), isLocalUrl(url)]).toEqual([loopback, local]);
});

function fakeController() {
  return {
    paused: false,
    aborted: false,
    reason: null as Error | null,
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
    },
    abort(reason: Error) {
      this.aborted = true;
      this.reason = reason;
    },
  };
}
