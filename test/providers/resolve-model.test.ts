import { expect, test } from 'vitest';
import { chooseModel } from '../../src/providers/choose-model.ts';
import { resolveModel } from '../../src/providers/resolve-model.ts';
import { modelOf, providerOptions, respond } from './support/open-model.ts';
import { PROTOCOLS } from './support/protocols.ts';
import { stream, WireServer } from './support/wire-server.ts';

const problemOf = (id: string, overrides = {}) => {
  const resolved = resolveModel(id, providerOptions(overrides));
  return resolved.ok ? undefined : resolved.problem;
};

test.each(['gpt-5', '', '/', '/name', 'openai/', 'openai/ '])(
  '"%s" is no model, and the answer shows what one looks like',
  (id) => {
    const problem = problemOf(id);
    expect(problem).toContain(`Cannot use "${id}" as a model`);
    for (const example of ['openai/', 'gemini/', 'openai-chat/', 'sim/offline']) expect(problem).toContain(example);
  },
);

test.each(['anthropic/x', 'constructor/x', '__proto__/x', 'OpenAI/x'])('"%s" has no such provider', (id) => {
  expect(problemOf(id)).toContain('there is no provider');
});

test.each([
  ['openai/m', 'OPENAI_API_KEY'],
  ['gemini/m', 'GEMINI_API_KEY or GOOGLE_API_KEY'],
  ['openai-chat/m', 'OPENAI_API_KEY'],
])('%s without a key says which is missing', (id, names) => {
  for (const env of [{}, { OPENAI_API_KEY: '', GEMINI_API_KEY: ' ', GOOGLE_API_KEY: '' }]) {
    expect(problemOf(id, { env })).toBe(
      `Cannot use ${id}: ${names} is not set. Put a key there, or use --model sim/offline, which needs none.`,
    );
  }
});

test.each([
  ['http://localhost:11434/v1', true],
  ['http://127.0.0.1:8080', true],
  ['http://[::1]:8080/v1', true],
  ['http://192.168.1.20:8000/v1', true],
  ['http://gpu-box:8000/v1', true],
  ['http://gpu.local/v1', true],
  ['https://api.example.com/v1', false],
  ['http://8.8.8.8/v1', false],
  ['https://10.example.com/v1', false],
])('a server at %s may go without a key: %s', (baseUrl, allowed) => {
  for (const id of ['openai/m', 'openai-chat/m', 'gemini/m']) {
    expect(problemOf(id, { env: {}, baseUrl }) === undefined).toBe(allowed);
    expect(problemOf(id, { env: { OPENAI_BASE_URL: baseUrl, GOOGLE_GEMINI_BASE_URL: baseUrl } }) === undefined).toBe(
      allowed,
    );
  }
});

test.each(['localhost:8080', 'ftp://x', 'http://', 'nonsense'])('"%s" is no base URL', (baseUrl) => {
  for (const id of ['openai/m', 'sim/offline']) expect(problemOf(id, { baseUrl })).toContain(`Cannot use "${baseUrl}"`);
});

test('a base URL with a password in it is refused, and not shown', () => {
  const baseUrl = 'https://me:hunter22@example.com/v1';
  for (const id of ['openai/m', 'openai-chat/m', 'gemini/m']) {
    expect(problemOf(id, { baseUrl })).toMatch(
      /^Cannot use the base URL: it holds a user name or password\. Take them out:/,
    );
    expect(problemOf(id, { baseUrl })).not.toContain('hunter22');
  }
});

test.each(['sk-one\nsk-two', 'sk-a b', 'schlüssel', '“sk-quoted”'])('%j is no key, and is not shown', (key) => {
  for (const [id, name] of [
    ['openai/m', 'OPENAI_API_KEY'],
    ['gemini/m', 'GEMINI_API_KEY'],
  ] as const) {
    expect(resolveModel(id, providerOptions({ env: { [name]: key } }))).toEqual({
      ok: false,
      problem: `Cannot use ${id}: ${name} holds characters that no key has. Copy the key again, on one line.`,
    });
  }
});

test('names may contain slashes', async () => {
  const [, protocol] = PROTOCOLS[1] ?? [];
  await using server = await WireServer.start(stream(...(protocol?.ending ?? [])));
  const model = modelOf('openai-chat/meta-llama/Llama-3.3-70B', { baseUrl: `${server.origin}/v1/` });
  await respond(model);
  expect(model.id).toBe('openai-chat/meta-llama/Llama-3.3-70B');
  expect(server.received[0]?.path).toBe('/v1/chat/completions');
  expect(server.bodies[0]?.['model']).toBe('meta-llama/Llama-3.3-70B');
});

test.each([
  ['sim/offline', '/v1/responses', 0],
  ['sim/anything-else', '/v1/responses', 0],
  ['sim/openai-chat', '/v1/chat/completions', 1],
  ['sim/gemini-flash', '/v1beta/models/gemini-flash:streamGenerateContent?alt=sse', 2],
] as const)('%s is spoken to at %s, and its server starts when it is first opened, once', async (id, path, which) => {
  const [, protocol] = PROTOCOLS[which] ?? [];
  const answer = protocol ? [protocol.text('hi'), ...protocol.ending] : [];
  await using server = await WireServer.start(stream(...answer));
  let starts = 0;
  const simOrigin = async () => {
    starts += 1;
    return server.origin;
  };
  const model = modelOf(id, { env: {}, simOrigin });
  expect(starts).toBe(0);
  await Promise.all([respond(model), respond(model)]);
  expect(starts).toBe(1);
  expect(server.received[0]?.path).toBe(path);
});

test('a base URL for sim/… is a server that runs already', async () => {
  const [, protocol] = PROTOCOLS[0] ?? [];
  await using server = await WireServer.start(stream(...(protocol?.ending ?? [])));
  await respond(modelOf('sim/offline', { baseUrl: server.origin }));
  expect(server.received[0]?.path).toBe('/v1/responses');
});

test('a model whose server does not start cannot be opened, and may be opened later', async () => {
  const [, protocol] = PROTOCOLS[0] ?? [];
  await using server = await WireServer.start(stream(...(protocol?.ending ?? [])));
  const origins = [() => Promise.reject(new Error('no port left')), () => Promise.resolve(server.origin)];
  const model = modelOf('sim/offline', { simOrigin: () => origins.shift()?.() ?? Promise.reject(new Error()) });
  await expect(respond(model)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Cannot open sim/offline: no port left',
  });
  await expect(respond(model)).resolves.toHaveLength(1);
});

test('organisation and project come from the environment', async () => {
  const [, protocol] = PROTOCOLS[0] ?? [];
  await using server = await WireServer.start(stream(...(protocol?.ending ?? [])));
  const env = {
    OPENAI_API_KEY: 'k',
    OPENAI_ORG_ID: 'org-1',
    OPENAI_PROJECT_ID: 'proj-1',
    OPENAI_BASE_URL: `${server.origin}/v1`,
  };
  await respond(modelOf('openai/m', { env }));
  expect(server.received[0]?.headers).toMatchObject({
    authorization: 'Bearer k',
    'openai-organization': 'org-1',
    'openai-project': 'proj-1',
  });
});

test.each([
  [{}, 'sim/offline', 'no API key is set, so a rule-based stand-in answers'],
  [{ OPENAI_API_KEY: '', GEMINI_API_KEY: '' }, 'sim/offline', 'no API key is set, so a rule-based stand-in answers'],
  [{ OPENAI_API_KEY: 'a', GEMINI_API_KEY: 'b' }, 'openai/gpt-5.6-luna', 'OPENAI_API_KEY is set'],
  [{ GEMINI_API_KEY: 'b' }, 'gemini/gemini-3.8-flash', 'GEMINI_API_KEY is set'],
  [{ GOOGLE_API_KEY: 'b' }, 'gemini/gemini-3.8-flash', 'GOOGLE_API_KEY is set'],
])('with %j the model is %s, because %s', (env, id, reason) => {
  expect(chooseModel(env)).toEqual({ id, reason });
});
