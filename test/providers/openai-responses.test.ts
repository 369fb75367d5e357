import type { OpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Message } from '../../src/contract/message.ts';
import type { ModelEvent } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import { decodeStream } from '../../src/providers/openai-responses/decode-stream.ts';
import { CallIds } from '../../src/providers/wire/call-ids.ts';
import { ask, endOf, modelOf, respond } from './support/open-model.ts';
import { json, stalled, stream, WireServer } from './support/wire-server.ts';

const model = (server: WireServer) => modelOf('openai/gpt-test', { baseUrl: `${server.origin}/v1` });
const item = (value: object) => ({ type: 'response.output_item.done', output_index: 0, item: value });
const completed = { type: 'response.completed', response: { status: 'completed', output: [] } };
const incomplete = (reason: string) => ({
  type: 'response.incomplete',
  response: { status: 'incomplete', incomplete_details: { reason }, output: [] },
});
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
const message = (text: string, extra: object = {}) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...extra,
});
const call = (id: string, argumentsText: string, extra: object = { status: 'completed' }) => ({
  type: 'function_call',
  id: `fc_${id}`,
  call_id: id,
  name: 'look',
  arguments: argumentsText,
  ...extra,
});
const callsOf = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.kind === 'call' ? [event.call] : []));

/** The history after a first response: what the agent would send next. */
function followUp(events: readonly ModelEvent[]): readonly Message[] {
  const { text, echo } = endOf(events);
  const calls = callsOf(events);
  return [
    { role: 'user', text: 'hello' },
    { role: 'assistant', text, calls, ...(echo && { echo }) },
    { role: 'tools', outcomes: calls.map(({ callId }) => ({ kind: 'ok', callId, output: 'seen' })) },
  ];
}

test('a request is streamed, stateless and complete', async () => {
  await using server = await WireServer.start(stream(completed));
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ name: 'look', description: 'Looks.', parameters }];
  await respond(model(server), ask('hello', { instructions: 'Be brief.', tools }));
  expect(server.received[0]).toMatchObject({
    method: 'POST',
    path: '/v1/responses',
    headers: { authorization: 'Bearer sk-test' },
  });
  expect(server.bodies[0]).toEqual({
    model: 'gpt-test',
    instructions: 'Be brief.',
    input: [{ type: 'message', role: 'user', content: 'hello' }],
    tools: [{ type: 'function', name: 'look', description: 'Looks.', parameters, strict: false }],
    parallel_tool_calls: true,
    store: false,
    include: ['reasoning.encrypted_content'],
    stream: true,
  });
});

test('output items go back as they came, in place, followed by one output per call in call order', async () => {
  const commentary = message('Looking.', { phase: 'commentary' });
  const outputs = [reasoning, commentary, call('c1', '{"a":1}'), call('c2', '{ }')];
  await using server = await WireServer.start(stream(...outputs.map(item), completed));
  const subject = model(server);
  const events = await respond(subject);
  await respond(subject, ask('', { messages: followUp(events) }));
  expect(server.bodies[1]?.['input']).toEqual([
    { type: 'message', role: 'user', content: 'hello' },
    ...outputs,
    { type: 'function_call_output', call_id: 'c1', output: 'seen' },
    { type: 'function_call_output', call_id: 'c2', output: 'seen' },
  ]);
});

test('output items go back in the order in which they began, also where a call is done before them', async () => {
  const added = (begun: object) => ({ type: 'response.output_item.added', output_index: 0, item: begun });
  const outputs = [reasoning, message('Looking.'), call('c1', '{}')];
  const done = outputs.toReversed().map(item);
  await using server = await WireServer.start(stream(...outputs.map(added), ...done, completed));
  expect(endOf(await respond(model(server))).echo?.items).toEqual(outputs);
});

test('failed outcomes go back as an error object, and values that are no strings as JSON', async () => {
  await using server = await WireServer.start(stream(completed));
  const calls = ['a', 'b', 'c'].map((callId) => ({ callId, name: 'look', argumentsText: '{}' }));
  await respond(
    model(server),
    ask('', {
      messages: [
        { role: 'assistant', text: '', calls },
        {
          role: 'tools',
          outcomes: [
            { kind: 'ok', callId: 'a', output: { deep: [1, null] } },
            { kind: 'failed', callId: 'b', code: 'timeout', message: 'Too slow.' },
            { kind: 'ok', callId: 'c', output: 'plain' },
          ],
        },
      ],
    }),
  );
  const input = server.bodies[0]?.['input'] as JsonObject[];
  expect(input.slice(3).map(({ output }) => output)).toEqual(['{"deep":[1,null]}', '{"error":"Too slow."}', 'plain']);
});

test('what another model wrote as arguments goes to this one as an object, since some servers read it', async () => {
  await using server = await WireServer.start(stream(completed));
  const calls = ['', '{"a":', '{"n": 1.0}'].map((argumentsText, index) => ({
    callId: `c${index}`,
    name: 'look',
    argumentsText,
  }));
  await respond(model(server), ask('', { messages: [{ role: 'assistant', text: '', calls }] }));
  const input = server.bodies[0]?.['input'] as JsonObject[];
  expect(input.slice(0, 3).map((sent) => sent['arguments'])).toEqual([
    '{}',
    '{"invalid_arguments":"{\\"a\\":"}',
    '{"n": 1.0}',
  ]);
});

test('a name and arguments that servers refuse reach the tools as they are and go back as they can be taken', async () => {
  const outputs = [call('c1', '{"a":', { name: 'functions.look', status: 'completed' }), call('c2', '')];
  await using server = await WireServer.start(stream(...outputs.map(item), completed));
  const subject = model(server);
  const events = await respond(subject);
  expect(callsOf(events)).toEqual([
    { callId: 'c1', name: 'functions.look', argumentsText: '{"a":' },
    { callId: 'c2', name: 'look', argumentsText: '' },
  ]);
  await respond(subject, ask('', { messages: followUp(events) }));
  const input = server.bodies[1]?.['input'] as JsonObject[];
  expect(input.slice(1, 3)).toEqual([
    call('c1', '{"invalid_arguments":"{\\"a\\":"}', { name: 'functions_look', status: 'completed' }),
    call('c2', '{}'),
  ]);
});

test.each([{ name: '' }, { name: undefined }])(
  'a call without a name is a malformed response: %j',
  async (nameless) => {
    await using server = await WireServer.start(stream(item(call('c1', '{}', nameless)), completed));
    await expect(respond(model(server))).rejects.toMatchObject({ code: 'malformed' });
  },
);

test('fields that only go out are not sent back', async () => {
  const decorated = call('c1', '{}', { status: 'completed', parsed_arguments: {}, created_by: 'x', caller: null });
  await using server = await WireServer.start(stream(item(decorated), completed));
  const { echo } = endOf(await respond(model(server)));
  expect(echo?.items).toEqual([call('c1', '{}')]);
});

test('an id that was used before is rewritten in the call and in what goes back', async () => {
  await using server = await WireServer.start(
    stream(item(call('same', '{"n":1}')), item(call('same', '{"n":2}')), completed),
  );
  const events = await respond(model(server));
  expect(callsOf(events).map(({ callId }) => callId)).toEqual(['same', 'same_1']);
  expect(endOf(events).echo?.items).toMatchObject([{ call_id: 'same' }, { call_id: 'same_1' }]);
});

describe('Arguments of a call that is being written', () => {
  const { arguments: _, ...begun } = call('same', '', { status: 'in_progress' });
  const added = (id: string) => ({
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...begun, arguments: '', id },
  });
  const delta = (item_id: string, delta: string) => ({
    type: 'response.function_call_arguments.delta',
    item_id,
    delta,
  });
  const done = (id: string, argumentsText: string) => item({ ...call('same', argumentsText), id });
  const first = [added('fc_1'), delta('fc_1', '{"a"'), delta('fc_1', ''), delta('fc_1', ':1}')];
  const events = [
    delta('fc_stranger', '{}'),
    ...[...first, done('fc_1', '{"a":1}')],
    ...[added('fc_2'), delta('fc_2', '{}'), done('fc_of_another_id', '{}')],
    completed,
  ];
  const told = async (batches: readonly (readonly object[])[]) => {
    async function* arriving() {
      yield* batches as readonly (readonly OpenAI.Responses.ResponseStreamEvent[])[];
    }
    const destination = { modelId: 'openai/gpt-test', baseUrl: 'http://localhost', keyName: 'OPENAI_API_KEY' };
    const decoded = decodeStream(arriving(), { destination, callIds: new CallIds([]), date: () => new Date() });
    return (await Array.fromAsync(decoded)).filter(({ kind }) => kind !== 'end');
  };

  test('are told as they come, under the id of the call to come', async () => {
    expect(await told(events.map((event) => [event]))).toEqual([
      { kind: 'arguments', callId: 'same', name: 'look', delta: '{"a"' },
      { kind: 'arguments', callId: 'same', name: 'look', delta: ':1}' },
      { kind: 'call', call: { callId: 'same', name: 'look', argumentsText: '{"a":1}' } },
      { kind: 'arguments', callId: 'same_1', name: 'look', delta: '{}' },
      { kind: 'call', call: { callId: 'same_1', name: 'look', argumentsText: '{}' } },
    ]);
  });

  test('are told in one if they come at once, and not at all if the whole call does', async () => {
    const [first, ...rest] = [events.slice(0, 5), events.slice(5)];
    expect(await told([first ?? [], ...rest])).toEqual([
      { kind: 'arguments', callId: 'same', name: 'look', delta: '{"a":1}' },
      { kind: 'call', call: { callId: 'same', name: 'look', argumentsText: '{"a":1}' } },
      { kind: 'call', call: { callId: 'same_1', name: 'look', argumentsText: '{}' } },
    ]);
  });
});

test('a response cut off at a limit delivers its whole calls and neither runs nor keeps the one that was cut', async () => {
  await using server = await WireServer.start(
    stream(
      item(call('whole', '{"a":1}')),
      item({ ...reasoning, id: 'rs_2' }),
      item(call('cut', '{"a":', { status: 'incomplete' })),
      incomplete('max_output_tokens'),
    ),
  );
  const events = await respond(model(server));
  expect(callsOf(events).map(({ callId }) => callId)).toEqual(['whole']);
  expect(endOf(events)).toMatchObject({ stop: 'truncated', detail: 'max_output_tokens' });
  expect(endOf(events).echo?.items).toEqual([call('whole', '{"a":1}')]);
});

test('a call whose status a server leaves out is held back until it is known to be whole', async () => {
  const doubtful = [item(call('a', '{"a":', {})), item(call('b', '{}', {}))];
  await using server = await WireServer.start(
    stream(...doubtful, incomplete('max_output_tokens')),
    stream(...doubtful, completed),
  );
  const subject = model(server);
  expect(callsOf(await respond(subject))).toEqual([]);
  expect(callsOf(await respond(subject)).map(({ callId }) => callId)).toEqual(['a', 'b']);
});

test.each([completed, incomplete('max_output_tokens')])(
  'a response is over with its terminal event, also where the server leaves the connection open: $type',
  async (terminal) => {
    await using server = await WireServer.start(stalled(item(message('Hi.')), terminal));
    expect(endOf(await respond(model(server))).text).toBe('Hi.');
  },
);

test('items that come only with the terminal event are taken from there', async () => {
  const response = { status: 'completed', output: [message('All at once.'), call('c1', '{}')] };
  await using server = await WireServer.start(stream({ type: 'response.completed', response }));
  const events = await respond(model(server));
  expect(callsOf(events)).toHaveLength(1);
  expect(endOf(events).text).toBe('All at once.');
});

test('the answer is the final answer where the model marks one, and everything it said where not', async () => {
  const commentary = message('Let me think.', { phase: 'commentary' });
  await using server = await WireServer.start(
    stream(item(commentary), item(message('42', { phase: 'final_answer' })), completed),
    stream(item(commentary), item(call('c1', '{}')), completed),
  );
  const subject = model(server);
  expect(endOf(await respond(subject)).text).toBe('42');
  expect(endOf(await respond(subject)).text).toBe('Let me think.');
});

test('text that no item holds goes back as text', async () => {
  const delta = { type: 'response.output_text.delta', delta: 'Hi.' };
  await using server = await WireServer.start(stream(delta, completed));
  const events = await respond(model(server));
  expect(endOf(events)).toMatchObject({ text: 'Hi.' });
  expect(endOf(events).echo).toBeUndefined();
});

test('a refusal, a content filter and a policy are endings of their own', async () => {
  const refusal = { ...message(''), content: [{ type: 'refusal', refusal: 'I will not.' }] };
  await using server = await WireServer.start(
    stream(item(refusal), completed),
    stream(incomplete('content_filter')),
    stream({ type: 'response.failed', response: { status: 'failed', error: { code: 'bio_policy', message: 'No.' } } }),
    json(400, { error: { code: 'content_filter', message: 'The prompt was filtered.' } }),
  );
  const subject = model(server);
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'refused', text: 'I will not.', detail: 'I will not.' });
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'blocked', detail: 'content_filter' });
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'blocked', detail: 'No.' });
  expect(endOf(await respond(subject))).toMatchObject({ stop: 'blocked', detail: 'The prompt was filtered.' });
});

test('an ending that was cut off is one also where the response does not say so', async () => {
  const cut = { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } };
  await using server = await WireServer.start(stream(cut));
  expect(endOf(await respond(model(server)))).toMatchObject({ stop: 'truncated', detail: 'max_output_tokens' });
});

test('a message without content says nothing', async () => {
  await using server = await WireServer.start(
    stream(item({ ...message(''), content: null }), item(call('c1', '{}')), completed),
  );
  const events = await respond(model(server));
  expect(callsOf(events)).toHaveLength(1);
  expect(endOf(events)).toMatchObject({ stop: 'done', text: '' });
});

test('usage is counted with its cached and reasoning parts', async () => {
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 5 },
  };
  await using server = await WireServer.start(
    stream({ type: 'response.completed', response: { status: 'completed', usage } }),
    stream({ type: 'response.completed', response: { status: 'completed', usage: {} } }),
  );
  const subject = model(server);
  expect(endOf(await respond(subject)).usage).toEqual({
    inputTokens: 10,
    cachedInputTokens: 4,
    outputTokens: 7,
    reasoningTokens: 5,
  });
  expect(endOf(await respond(subject)).usage).toEqual(NO_USAGE);
});

test.each([
  ['response.failed with server_error', failedWith('server_error'), 'server'],
  ['response.failed with rate_limit_exceeded', failedWith('rate_limit_exceeded'), 'rate_limited'],
  ['response.failed with invalid_prompt', failedWith('invalid_prompt'), 'rejected'],
  ['response.failed with data_residency_mismatch', failedWith('data_residency_mismatch'), 'rejected'],
  ['response.failed with image_too_large', failedWith('image_too_large'), 'rejected'],
  ['an error event', { type: 'error', code: 'server_error', message: 'Broken.', param: null }, 'server'],
  [
    'an error event without its name',
    'data: {"type":"error","code":"rate_limit_exceeded","message":"Slow."}\n\n',
    'rate_limited',
  ],
  ['an error payload', 'data: {"error":{"code":"insufficient_quota","message":"Broke."}}\n\n', 'quota'],
])('%s is an error of its own kind', async (_name, event, code) => {
  await using server = await WireServer.start(stream(event));
  await expect(respond(model(server))).rejects.toMatchObject({ code });
});

test('a rate limit inside a stream says in words how long to wait', async () => {
  const error = { code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 1m2.5s. Visit us.' };
  await using server = await WireServer.start(
    stream({ type: 'response.failed', response: { status: 'failed', error } }),
  );
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 62_500 });
});

test('reasoning that the server can no longer read is left out once, with the ids that would miss it', async () => {
  const outputs = [reasoning, message('Looking.', { phase: 'commentary' }), call('c1', '{}')];
  const unreadable = json(400, { error: { code: 'invalid_encrypted_content', message: 'Could not be verified.' } });
  await using server = await WireServer.start(stream(...outputs.map(item), completed), unreadable, stream(completed));
  const subject = model(server);
  const events = await respond(subject);
  await respond(subject, ask('', { messages: followUp(events) }));
  const { id: _id, ...anonymous } = call('c1', '{}');
  expect(server.bodies[2]?.['input']).toEqual([
    { type: 'message', role: 'user', content: 'hello' },
    { type: 'message', role: 'assistant', phase: 'commentary', content: 'Looking.' },
    anonymous,
    { type: 'function_call_output', call_id: 'c1', output: 'seen' },
  ]);
});

test('reasoning that is refused without there being any fails after one more attempt', async () => {
  await using server = await WireServer.start(
    json(400, { error: { code: 'invalid_encrypted_content', message: 'No.' } }),
  );
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'rejected', status: 400 });
  expect(server.received).toHaveLength(2);
});

test('reasoning with nothing in it is not sent back', async () => {
  const hollow = { type: 'reasoning', id: 'rs_1', summary: [] };
  await using server = await WireServer.start(stream(item(hollow), item(call('c1', '{}')), completed));
  const { id: _id, ...anonymous } = call('c1', '{}');
  expect(endOf(await respond(model(server))).echo?.items).toEqual([anonymous]);
});

test.each([
  ['include', { message: "Unknown parameter: 'include'.", param: 'include' }],
  ['include', { message: 'Encrypted content is not supported with this model.' }],
  ['parallel_tool_calls', { message: "Unsupported parameter: 'parallel_tool_calls'." }],
])('a server that refuses %s is asked once without, and never again with it', async (name, error) => {
  await using server = await WireServer.start(json(400, { error }), stream(completed));
  const subject = model(server);
  const request = ask('hello', { tools: [{ name: 'look', description: '', parameters: { type: 'object' } }] });
  await respond(subject, request);
  await respond(subject, request);
  expect(server.bodies.map((body) => name in body)).toEqual([true, false, false]);
});

test('another complaint that happens to contain the word is no refusal', async () => {
  await using server = await WireServer.start(json(400, { error: { message: 'Your input must include a city.' } }));
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'rejected' });
  expect(server.received).toHaveLength(1);
});

function failedWith(code: string): object {
  return { type: 'response.failed', response: { status: 'failed', error: { code, message: 'It failed.' } } };
}

test('no more tokens are asked for than the response may have, nor than the server takes', async () => {
  const message =
    "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 4096, but got 9000 instead.";
  const refusal = json(400, { error: { message, param: 'max_output_tokens', code: 'integer_above_max_value' } });
  await using server = await WireServer.start(stream(completed), refusal, stream(completed));
  const subject = model(server);
  for (const maxOutputTokens of [2000, 9000, 9000]) await respond(subject, ask('hello', { maxOutputTokens }));
  expect(server.bodies.map((body) => body['max_output_tokens'])).toEqual([2000, 9000, 4096, 4096]);
});

test('a server that cannot be held to the most tokens is not asked without', async () => {
  const error = { message: 'Unsupported parameter: max_output_tokens', param: 'max_output_tokens' };
  await using server = await WireServer.start(json(400, { error }));
  await expect(respond(model(server), ask('hello', { maxOutputTokens: 2000 }))).rejects.toMatchObject({
    code: 'rejected',
    message: expect.stringContaining('max_output_tokens'),
  });
  expect(server.bodies).toHaveLength(1);
});
