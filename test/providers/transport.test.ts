import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { ModelError, ModelEvent } from '../../src/contract/model.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, endOf, modelOf, respond } from './support/open-model.ts';
import { PROTOCOLS } from './support/protocols.ts';
import { reset, stalled, stream, WireServer } from './support/wire-server.ts';

describe.each(PROTOCOLS)('over %s', (_name, { id, basePath, text, call, ending }) => {
  const model = (server: WireServer, overrides = {}) =>
    modelOf(id, { baseUrl: server.origin + basePath, ...overrides });
  const failure = (attempt: Promise<unknown>) =>
    attempt.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('text and calls come as they were sent, and then the end', async () => {
    await using server = await WireServer.start(
      stream(text('Let me '), text('see.'), call('c1', 'look', '{"a":1}'), ...ending),
    );
    const events = (await respond(model(server))).filter(({ kind }) => kind !== 'arguments');
    const said = events.flatMap((event) => (event.kind === 'text' ? [event.delta] : []));
    expect(said.join('')).toBe('Let me see.');
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'text')).toEqual(['call', 'end']);
    expect(events.find(({ kind }) => kind === 'call')).toEqual({
      kind: 'call',
      call: { callId: 'c1', name: 'look', argumentsText: '{"a":1}' },
    });
    expect(endOf(events)).toMatchObject({ stop: 'done', text: 'Let me see.' });
  });

  test('a call is delivered before the response ends', async () => {
    await using server = await WireServer.start(stalled(call('c1', 'look', '{}'), call('c2', 'look', '{}')));
    await using session = await model(server).open(new AbortController().signal);
    for await (const event of session.respond(ask('hello'), new AbortController().signal)) {
      if (event.kind === 'arguments') continue;
      expect(event).toMatchObject({ kind: 'call', call: { callId: 'c1' } });
      break;
    }
    await server.abandonment();
  });

  test('a stream without its terminal event is incomplete, however cleanly it ends', async () => {
    await using server = await WireServer.start(stream(text('half')));
    expect(await failure(respond(model(server)))).toMatchObject({ code: 'incomplete_stream' });
  });

  test('a stream that ends inside an event is incomplete, and nothing is printed', async () => {
    const spies = (['log', 'warn', 'error', 'info', 'debug'] as const).map((name) => vi.spyOn(console, name));
    await using server = await WireServer.start(stream(text('half'), 'data: {"type":"respo'));
    expect(await failure(respond(model(server)))).toMatchObject({ code: 'incomplete_stream' });
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  test('a reset connection is a lost connection', async () => {
    await using server = await WireServer.start(reset(text('half')));
    expect(await failure(respond(model(server)))).toMatchObject({ code: 'connection' });
  });

  test.each([
    ['from the start', 'no HTTP\r\n\r\n'],
    ['in the middle', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n'],
  ])('a connection that garbles a response %s is a lost one', async (_where, garbled) => {
    await using server = await WireServer.start(({ socket }) => void socket?.end(garbled));
    const error = await failure(respond(model(server)));
    expect(error).toMatchObject({ code: 'connection' });
    expect((error as ModelError).message).toContain('does not match the HTTP/1.1 protocol');
  });

  test('a server that is not there is a lost connection, and the error says where', async () => {
    const server = await WireServer.start(stream());
    const { origin } = server;
    await server[Symbol.asyncDispose]();
    const error = await failure(respond(modelOf(id, { baseUrl: origin + basePath })));
    expect(error).toMatchObject({
      code: 'connection',
      message: `Cannot reach ${origin}${basePath}: connection refused (ECONNREFUSED).`,
    });
  });

  test('a server that accepts and then says nothing is idle after the first-byte limit', async () => {
    const clock = new FakeClock();
    const asked = Promise.withResolvers<void>();
    await using server = await WireServer.start(() => asked.resolve());
    const attempt = failure(respond(model(server, { clock, firstByteTimeoutMs: 7000 })));
    await asked.promise;
    await clock.advance(6999);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    expect(await attempt).toMatchObject({ code: 'idle', message: 'The server sent nothing for 7 s.' });
    expect(clock.sleeping).toBe(0);
    await server.abandonment();
  });

  test('a stream that stalls is idle after the idle limit, counted from its last event', async () => {
    const clock = new FakeClock();
    await using server = await WireServer.start(stalled(text('half'), call('c1', 'look', '{}'), text('more')));
    const heard: ModelEvent[] = [];
    const spoke = Promise.withResolvers<void>();
    const attempt = failure(
      (async () => {
        await using session = await model(server, { clock, idleTimeoutMs: 5000 }).open(new AbortController().signal);
        for await (const event of session.respond(ask('hello'), new AbortController().signal)) {
          heard.push(event);
          if (event.kind === 'text' && event.delta === 'more') spoke.resolve();
        }
      })(),
    );
    await spoke.promise;
    await clock.advance(4999);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    expect(await attempt).toMatchObject({ code: 'idle' });
    await server.abandonment();
  });

  test('a reader that takes its time is not a silent server', async () => {
    const clock = new FakeClock();
    await using server = await WireServer.start(stream(text('one'), text('two'), ...ending));
    await using session = await model(server, { clock, idleTimeoutMs: 5000 }).open(new AbortController().signal);
    const events: ModelEvent[] = [];
    for await (const event of session.respond(ask('hello'), new AbortController().signal)) {
      events.push(event);
      await clock.advance(60_000);
    }
    expect(endOf(events)).toMatchObject({ stop: 'done', text: 'onetwo' });
  });

  test('an abort in the middle of a stream is an abort, closes the connection and leaves no listener', async () => {
    await using server = await WireServer.start(stalled(text('half')));
    const controller = new AbortController();
    await using session = await model(server).open(controller.signal);
    const error = await failure(
      (async () => {
        for await (const event of session.respond(ask('hello'), controller.signal)) {
          expect(event.kind).toBe('text');
          controller.abort(new Error('enough'));
        }
      })(),
    );
    expect(error).toMatchObject({ code: 'aborted' });
    expect((error as ModelError).cause).toMatchObject({ message: 'enough' });
    await server.abandonment();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('an abort before the answer begins is an abort', async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await WireServer.start(() => asked.resolve());
    const controller = new AbortController();
    const attempt = failure(respond(model(server), ask('hello'), controller.signal));
    await asked.promise;
    controller.abort();
    expect(await attempt).toMatchObject({ code: 'aborted' });
    await server.abandonment();
  });

  test('nothing is sent for a signal that has fired already', async () => {
    await using server = await WireServer.start(stream(...ending));
    const session = await model(server).open(new AbortController().signal);
    const events = session.respond(ask('hello'), AbortSignal.abort());
    expect(await failure(events[Symbol.asyncIterator]().next())).toMatchObject({ code: 'aborted' });
    expect(server.received).toHaveLength(0);
  });

  test('a loss after the terminal event loses nothing', async () => {
    await using server = await WireServer.start(
      reset(text('whole'), ...ending.filter((event) => typeof event !== 'string')),
    );
    expect(endOf(await respond(model(server)))).toMatchObject({ stop: 'done', text: 'whole' });
  });

  test('a failed attempt is made again, and what it said is void', async () => {
    await using server = await WireServer.start(reset(text('no')), stream(text('yes'), ...ending));
    const clock = new FakeClock();
    const running = respond(model(server, { maxAttempts: 2, clock }));
    while (server.received.length < 1 || clock.sleeping !== 1) await clock.advance(0);
    await clock.advance(500);
    const events = await running;
    expect(events.map(({ kind }) => kind)).toEqual(['text', 'retry', 'text', 'end']);
    expect(endOf(events).text).toBe('yes');
  });

  test('many responses at once share one model and leave nothing on a shared signal', async () => {
    await using server = await WireServer.start(stream(text('hello'), ...ending));
    const shared = model(server);
    const { signal } = new AbortController();
    const all = await Promise.all(Array.from({ length: 50 }, () => respond(shared, ask('hello'), signal)));
    expect(all.every((events) => endOf(events).text === 'hello')).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('calls without an id, with a used one and with one too long get ids of their own', async () => {
    const long = 'x'.repeat(80);
    await using server = await WireServer.start(
      stream(
        call('old', 'a', '{"n":1}'),
        call('old', 'b', '{"n":2}'),
        call(undefined, 'c', '{"n":3}'),
        call(long, 'd', '{"n":4}'),
        ...ending,
      ),
    );
    const events = await respond(
      model(server),
      ask('hello', {
        messages: [
          { role: 'user', text: 'hello' },
          { role: 'assistant', text: '', calls: [{ callId: 'old', name: 'a', argumentsText: '{}' }] },
          { role: 'tools', outcomes: [{ kind: 'ok', callId: 'old', output: 1 }] },
        ],
      }),
    );
    const calls = events.flatMap((event) => (event.kind === 'call' ? [event.call] : []));
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    const ids = calls.map(({ callId }) => callId);
    expect(new Set([...ids, 'old']).size).toBe(5);
    expect(ids.every((callId) => callId.length > 0 && callId.length <= 64)).toBe(true);
  });

  test('a model of another vendor is shown the words and calls of this history, not its opaque items', async () => {
    await using server = await WireServer.start(stream(text('ok'), ...ending));
    await respond(
      model(server),
      ask('hello', {
        messages: [
          { role: 'user', text: 'hello' },
          {
            role: 'assistant',
            text: 'Looking.',
            calls: [{ callId: 'x1', name: 'look', argumentsText: '{"a":1}' }],
            echo: { modelId: 'other/model', items: [{ secret: 'opaque' }] },
          },
          { role: 'tools', outcomes: [{ kind: 'ok', callId: 'x1', output: { deep: [1] } }] },
        ],
      }),
    );
    const sent = JSON.stringify(server.bodies[0]);
    expect(sent).not.toContain('opaque');
    for (const part of ['Looking.', 'look', 'deep']) expect(sent).toContain(part);
  });
});
