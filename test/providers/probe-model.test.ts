import { expect, test } from 'vitest';
import { probeModel } from '../../src/providers/probe-model.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { providerOptions } from './support/open-model.ts';
import type { Answer } from './support/wire-server.ts';
import { json, WireServer } from './support/wire-server.ts';

const probe = (id: string, server: WireServer, path = '/v1') =>
  probeModel(id, providerOptions({ baseUrl: server.origin + path }));

test('a server that knows the model is asked for it by name, with the key, and nothing else', async () => {
  await using server = await WireServer.start(json(200, { id: 'm' }));
  expect(await probe('openai/m', server)).toEqual({
    ok: true,
    message: `${server.origin}/v1 answers, takes the key and knows m.`,
  });
  expect(server.received).toMatchObject([
    { method: 'GET', path: '/v1/models/m', headers: { authorization: 'Bearer sk-test' } },
  ]);
});

test('Gemini is asked in its own way', async () => {
  await using server = await WireServer.start(json(200, { name: 'models/g' }));
  expect(await probe('gemini/g', server, '')).toMatchObject({ ok: true });
  expect(server.received).toMatchObject([{ path: '/v1beta/models/g', headers: { 'x-goog-api-key': 'g-test' } }]);
});

test('a refused key is told with the name of its variable', async () => {
  await using server = await WireServer.start(json(401, { error: { message: 'Incorrect API key' } }));
  expect(await probe('openai/m', server)).toMatchObject({
    ok: false,
    message: expect.stringContaining('Check OPENAI_API_KEY.'),
  });
});

test('a model that the server does not have is told with those it has', async () => {
  await using server = await WireServer.start(json(404, {}), json(200, { data: [{ id: 'a' }, { id: 'b' }] }));
  expect(await probe('openai-chat/m', server)).toEqual({
    ok: false,
    message: `${server.origin}/v1 answers, but does not know the model m. It has a, b.`,
  });
});

test('a server that only lists its models is believed, too', async () => {
  await using server = await WireServer.start(json(404, {}), json(200, { data: [{ id: 'm' }] }));
  expect(await probe('openai-chat/m', server)).toMatchObject({ ok: true });
});

test('a server that answers everything with a page, one that has no models and one that sends away are told as that', async () => {
  const page: Answer = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
  await using web = await WireServer.start(page);
  expect(await probe('openai-chat/m', web)).toEqual({
    ok: false,
    message: `${web.origin}/v1 answers, but not as a model's server does. Check the base URL.`,
  });
  await using empty = await WireServer.start(json(404, {}));
  expect(await probe('openai-chat/m', empty)).toMatchObject({
    ok: false,
    message: expect.stringContaining('answers, but 404 when asked for its models.'),
  });
  await using moved = await WireServer.start(json(308, {}, { location: 'https://elsewhere.example/v1/models/m' }));
  expect(await probe('openai-chat/m', moved)).toMatchObject({
    ok: false,
    message: expect.stringContaining('it sends requests on to https://elsewhere.example/v1/models/m (308)'),
  });
});

test('a server that is not there and one that never answers are told apart', async () => {
  const gone = await WireServer.start(json(200, {}));
  const { origin } = gone;
  await gone[Symbol.asyncDispose]();
  expect(await probeModel('openai/m', providerOptions({ baseUrl: origin }))).toEqual({
    ok: false,
    message: `Cannot reach ${origin}: connection refused (ECONNREFUSED).`,
  });
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  await using silent = await WireServer.start(() => asked.resolve());
  const probing = probeModel('openai/m', providerOptions({ baseUrl: silent.origin, clock }));
  await asked.promise;
  await clock.advance(10_000);
  expect(await probing).toEqual({ ok: false, message: `Cannot reach ${silent.origin}: no answer within 10 s.` });
});

test('what cannot be resolved is said as it is', async () => {
  expect(await probeModel('nonsense', providerOptions())).toMatchObject({
    ok: false,
    message: expect.stringContaining('nonsense'),
  });
});
