import { expect, test } from 'vitest';
import type { ModelEvent, ToolSpec } from '../../src/contract/model.ts';
import { ask, endOf, modelOf, respond } from './support/open-model.ts';
import { chunk } from './support/protocols.ts';
import { json, stream, WireServer } from './support/wire-server.ts';

const LOOK: ToolSpec = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };
const DONE = 'data: [DONE]\n\n';
const model = (server: WireServer) => modelOf('openai-chat/qwen3:8b', { baseUrl: `${server.origin}/v1`, env: {} });
const callsOf = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.kind === 'call' ? [event.call] : []));
const piece = (index: number, fields: object) => chunk({ tool_calls: [{ index, ...fields }] });

test('a request is streamed with usage, its calls may be parallel, and a local server needs no key', async () => {
  await using server = await WireServer.start(stream(chunk({ content: 'Hi.' }, 'stop'), DONE));
  await respond(model(server), ask('hello', { instructions: 'Be brief.', tools: [LOOK] }));
  expect(server.received[0]?.path).toBe('/v1/chat/completions');
  expect(server.bodies[0]).toEqual({
    model: 'qwen3:8b',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
    tools: [{ type: 'function', function: LOOK }],
    parallel_tool_calls: true,
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('calls, outcomes and whatever the server hung on them go back in the next request', async () => {
  const extra = { extra_content: { google: { thought_signature: 'sig' } } };
  await using server = await WireServer.start(
    stream(
      chunk({ reasoning_content: 'Hmm, ' }),
      chunk({ reasoning_content: 'look.' }),
      chunk({ content: 'Looking.' }),
      piece(0, { id: 'c1', function: { name: 'look', arguments: '{"a":1}' }, ...extra }),
      piece(1, { id: 'c2', function: { name: 'look', arguments: '' } }),
      chunk({}, 'tool_calls'),
      DONE,
    ),
  );
  const subject = model(server);
  const events = await respond(subject);
  const { text, echo } = endOf(events);
  const calls = callsOf(events);
  await respond(
    subject,
    ask('', {
      messages: [
        { role: 'user', text: 'hello' },
        { role: 'assistant', text, calls, ...(echo && { echo }) },
        {
          role: 'tools',
          outcomes: [
            { kind: 'ok', callId: 'c1', output: [1] },
            { kind: 'failed', callId: 'c2', code: 'threw', message: 'Broken.' },
          ],
        },
      ],
    }),
  );
  expect(server.bodies[1]?.['messages']).toEqual([
    { role: 'user', content: 'hello' },
    {
      role: 'assistant',
      content: 'Looking.',
      reasoning_content: 'Hmm, look.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":1}' }, ...extra },
        { id: 'c2', type: 'function', function: { name: 'look', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: '[1]' },
    { role: 'tool', tool_call_id: 'c2', content: '{"error":"Broken."}' },
  ]);
});

test('arguments are told as they are written, once their call has a name and an id, under the id of the call', async () => {
  await using server = await WireServer.start(
    stream(
      piece(0, { function: { arguments: '{"a"' } }),
      piece(0, { id: 'same', function: { name: 'look', arguments: ':' } }),
      piece(0, { function: { arguments: '1}' } }),
      piece(1, { id: 'same', function: { name: 'look', arguments: '{' } }),
      piece(1, { function: { arguments: '' } }),
      piece(1, { function: { arguments: '}' } }),
      piece(2, { function: { name: 'look', arguments: '{}' } }),
      chunk({}, 'tool_calls'),
      DONE,
    ),
  );
  const told = (await respond(model(server))).filter(({ kind }) => kind !== 'end');
  expect(told).toEqual([
    { kind: 'arguments', callId: 'same', name: 'look', delta: '{"a":' },
    { kind: 'arguments', callId: 'same', name: 'look', delta: '1}' },
    { kind: 'call', call: { callId: 'same', name: 'look', argumentsText: '{"a":1}' } },
    { kind: 'arguments', callId: 'same_1', name: 'look', delta: '{' },
    { kind: 'arguments', callId: 'same_1', name: 'look', delta: '}' },
    { kind: 'call', call: { callId: 'same_1', name: 'look', argumentsText: '{}' } },
    { kind: 'call', call: { callId: 'call_1', name: 'look', argumentsText: '{}' } },
  ]);
});

test('nothing is told of arguments behind the call that they belong to', async () => {
  await using server = await WireServer.start(
    stream(
      piece(0, { id: 'a', function: { name: 'look', arguments: '{"n":' } }),
      piece(1, { id: 'b', function: { name: 'look', arguments: '{' } }),
      piece(0, { function: { arguments: '1}' } }),
      piece(1, { function: { arguments: '}' } }),
      chunk({}, 'tool_calls'),
      DONE,
    ),
  );
  const told = await respond(model(server));
  expect(told.map((event) => (event.kind === 'arguments' ? event.callId : event.kind))).toEqual([
    ...['a', 'b', 'call', 'b', 'call', 'end'],
  ]);
});

test('arguments that are no JSON reach the tools as they are and go back quoted, since servers parse them', async () => {
  await using server = await WireServer.start(
    stream(piece(0, { id: 'c1', function: { name: 'look', arguments: '{"a":' } }), chunk({}, 'stop')),
  );
  const events = await respond(model(server));
  expect(callsOf(events)).toEqual([{ callId: 'c1', name: 'look', argumentsText: '{"a":' }]);
  expect(endOf(events).echo?.items).toMatchObject([
    { tool_calls: [{ function: { arguments: '{"invalid_arguments":"{\\"a\\":"}' } }] },
  ]);
});

test('a name that servers refuse reaches the tools as it is and goes back as they take it', async () => {
  await using server = await WireServer.start(
    stream(piece(0, { id: 'c1', function: { name: 'functions.look', arguments: '{}' } }), chunk({}, 'stop')),
  );
  const events = await respond(model(server));
  expect(callsOf(events)).toMatchObject([{ name: 'functions.look' }]);
  expect(endOf(events).echo?.items).toMatchObject([{ tool_calls: [{ function: { name: 'functions_look' } }] }]);
});

test('arguments go back as they were written: to read and write them would change numbers', async () => {
  const written = '{"order": 12345678901234567890, "price": 1.0}';
  await using server = await WireServer.start(
    stream(piece(0, { id: 'c1', function: { name: 'look', arguments: written } }), chunk({}, 'stop')),
  );
  const { echo } = endOf(await respond(model(server)));
  expect(echo?.items).toMatchObject([{ tool_calls: [{ function: { arguments: written } }] }]);
});

test('calls with the finish reason "stop" and without the closing [DONE] are calls like any other', async () => {
  await using server = await WireServer.start(
    stream(piece(0, { id: 'c1', function: { name: 'look', arguments: '{}' } }), chunk({}, 'stop')),
  );
  const events = await respond(model(server));
  expect(callsOf(events)).toHaveLength(1);
  expect(endOf(events).stop).toBe('done');
});

test('an answer that comes as a list of parts is its text, without the thoughts', async () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'They greet.' }] };
  const text = (text: string) => ({ type: 'text', text });
  await using server = await WireServer.start(
    stream(
      chunk({ content: [thinking] }),
      chunk({ content: [text('Hi'), text(' there')] }),
      chunk({ content: '.' }, 'stop'),
    ),
  );
  expect(endOf(await respond(model(server))).text).toBe('Hi there.');
});

test('a whole message from a server that does not stream is heard like any other', async () => {
  const called = { name: 'look', arguments: '{"a":1}' };
  const message = {
    role: 'assistant',
    content: 'Looking.',
    tool_calls: [{ id: 'c1', type: 'function', function: called }],
  };
  const usage = { prompt_tokens: 10, completion_tokens: 5 };
  await using server = await WireServer.start(
    json(200, { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }),
  );
  const events = await respond(model(server));
  expect(callsOf(events)).toEqual([{ callId: 'c1', name: 'look', argumentsText: '{"a":1}' }]);
  expect(endOf(events)).toMatchObject({ stop: 'done', text: 'Looking.', usage: { inputTokens: 10, outputTokens: 5 } });
});

test('an empty finish reason is none', async () => {
  await using server = await WireServer.start(stream(chunk({ content: 'half' }, ''), DONE));
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'incomplete_stream' });
});

test('[DONE] without a finish reason is no ending', async () => {
  await using server = await WireServer.start(stream(chunk({ content: 'half' }), DONE));
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'incomplete_stream' });
});

test('a response cut off at a limit keeps its whole calls and drops the one that was cut', async () => {
  await using server = await WireServer.start(
    stream(
      piece(0, { id: 'c1', function: { name: 'look', arguments: '{"a":1}' } }),
      piece(1, { id: 'c2', function: { name: 'look', arguments: '{"a"' } }),
      chunk({}, 'length'),
      DONE,
    ),
  );
  const events = await respond(model(server));
  expect(callsOf(events).map(({ callId }) => callId)).toEqual(['c1']);
  expect(endOf(events)).toMatchObject({ stop: 'truncated', detail: 'length' });
  expect(endOf(events).echo?.items).toMatchObject([{ tool_calls: [{ id: 'c1' }] }]);
});

test('a content filter and a refusal are endings of their own', async () => {
  await using server = await WireServer.start(
    stream(chunk({ content: 'So' }, 'content_filter'), DONE),
    stream(chunk({ refusal: 'I will ' }), chunk({ refusal: 'not.' }, 'stop'), DONE),
  );
  const subject = model(server);
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'blocked', text: 'So' });
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'refused', text: 'I will not.', detail: 'I will not.' });
});

test('usage comes after the finish reason, in a chunk without choices', async () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 7,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 5 },
  };
  await using server = await WireServer.start(stream(chunk({ content: 'Hi.' }, 'stop'), { choices: [], usage }, DONE));
  expect(endOf(await respond(model(server))).usage).toEqual({
    inputTokens: 10,
    cachedInputTokens: 4,
    outputTokens: 7,
    reasoningTokens: 5,
  });
});

test.each(['stream_options', 'parallel_tool_calls'])(
  'a server that refuses %s is asked once without, and never again with it',
  async (name) => {
    await using server = await WireServer.start(
      json(400, { error: { message: `Unrecognized request argument supplied: ${name}` } }),
      stream(chunk({ content: 'Hi.' }, 'stop'), DONE),
    );
    const subject = model(server);
    await respond(subject, ask('hello', { tools: [LOOK] }));
    await respond(subject, ask('hello', { tools: [LOOK] }));
    expect(server.bodies.map((body) => name in body)).toEqual([true, false, false]);
  },
);

test('a call without a name is a malformed response', async () => {
  await using server = await WireServer.start(
    stream(piece(0, { id: 'c1', function: { arguments: '{}' } }), chunk({}, 'stop')),
  );
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'malformed' });
});

test.each([
  ['{"error":{"message":"Out of memory","type":"InternalServerError","code":500}}', 'server'],
  ['{"error":{"message":"Too long","type":"BadRequestError","code":400}}', 'rejected'],
  ['{"error":"the model stopped"}', 'server'],
])('an error inside the stream is an error: %s', async (payload, code) => {
  await using server = await WireServer.start(stream(chunk({ content: 'half' }), `data: ${payload}\n\n`));
  await expect(respond(model(server))).rejects.toMatchObject({ code });
});

const HI = stream(chunk({ content: 'Hi.' }, 'stop'), DONE);

test('the most tokens of a response go by the name that other servers than OpenAI take notice of', async () => {
  await using server = await WireServer.start(HI);
  await respond(model(server), ask('hello', { maxOutputTokens: 5000 }));
  expect(server.bodies[0]).toMatchObject({ max_tokens: 5000 });
  expect(server.bodies[0]).not.toHaveProperty('max_completion_tokens');
});

test('they go by the newer name from then on where the older one is refused, and are never left out', async () => {
  const refusal = (name: string) =>
    json(400, {
      error: { message: `Unsupported parameter: '${name}' is not supported with this model.`, param: name },
    });
  await using server = await WireServer.start(refusal('max_tokens'), HI, HI, refusal('max_completion_tokens'));
  const subject = model(server);
  for (let asked = 0; asked < 2; asked++) await respond(subject, ask('hello', { maxOutputTokens: 5000 }));
  await expect(respond(subject, ask('hello', { maxOutputTokens: 5000 }))).rejects.toMatchObject({ code: 'rejected' });
  const names = server.bodies.map((body) => ['max_tokens', 'max_completion_tokens'].filter((name) => name in body));
  expect(names.flat()).toEqual(['max_tokens', ...Array(3).fill('max_completion_tokens')]);
});

test('where room is short in the context, so many are asked for as there is room for, that once', async () => {
  const message =
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 4096 tokens " +
    'and your request has 96 input tokens (8192 > 4096 - 96).';
  await using server = await WireServer.start(json(400, { error: { message } }), HI, HI);
  const subject = model(server);
  for (let asked = 0; asked < 2; asked++) await respond(subject, ask('hello', { maxOutputTokens: 8192 }));
  expect(server.bodies.map((body) => body['max_tokens'])).toEqual([8192, 4000, 8192]);
});
