import { expect, test, vi } from 'vitest';
import type { ModelEvent } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import { ask, endOf, modelOf, respond, respondInto } from './support/open-model.ts';
import { json, stream, WireServer } from './support/wire-server.ts';

const model = (server: WireServer) => modelOf('gemini/gemini-test', { baseUrl: server.origin });
const parts = (...list: readonly object[]) => ({ candidates: [{ content: { role: 'model', parts: list } }] });
const finish = (finishReason: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason }],
});
const callsOf = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.kind === 'call' ? [event.call] : []));

test('a request leaves nothing to the SDK: v1beta, plain JSON Schema, system instruction', async () => {
  await using server = await WireServer.start(stream(parts({ text: 'Hi.' }), finish('STOP')));
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const tools = [{ name: 'look', description: 'Looks.', parameters }];
  await respond(model(server), ask('hello', { instructions: 'Be brief.', tools }));
  expect(server.received[0]).toMatchObject({
    path: '/v1beta/models/gemini-test:streamGenerateContent?alt=sse',
    headers: { 'x-goog-api-key': 'g-test' },
  });
  expect(server.bodies[0]).toMatchObject({
    contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    tools: [{ functionDeclarations: [{ name: 'look', description: 'Looks.', parametersJsonSchema: parameters }] }],
  });
});

test('parts go back as they came, and all results in one content right behind them, in call order', async () => {
  const signed = { functionCall: { id: 'f1', name: 'look', args: { a: 1 } }, thoughtSignature: 'c2ln' };
  const bare = { functionCall: { name: 'now' } };
  const tail = { text: '', thoughtSignature: 'dGFpbA==' };
  await using server = await WireServer.start(
    stream(
      parts({ text: 'Let ' }),
      parts({ text: 'me see.' }),
      parts(signed),
      parts(bare),
      parts(tail),
      finish('STOP'),
    ),
    stream(parts({ text: 'Done.' }), finish('STOP')),
  );
  const subject = model(server);
  const events = await respond(subject);
  const calls = callsOf(events);
  expect(calls.map(({ name, argumentsText }) => [name, argumentsText])).toEqual([
    ['look', '{"a":1}'],
    ['now', '{}'],
  ]);
  const { text, echo } = endOf(events);
  const [first = '', second = ''] = calls.map(({ callId }) => callId);
  await respond(
    subject,
    ask('', {
      messages: [
        { role: 'user', text: 'hello' },
        { role: 'assistant', text, calls, ...(echo && { echo }) },
        {
          role: 'tools',
          outcomes: [
            { kind: 'ok', callId: first, output: { deep: [1] } },
            { kind: 'failed', callId: second, code: 'threw', message: 'Broken.' },
          ],
        },
      ],
    }),
  );
  expect(server.bodies[1]?.['contents']).toEqual([
    { role: 'user', parts: [{ text: 'hello' }] },
    { role: 'model', parts: [{ text: 'Let me see.' }, signed, bare, tail] },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'f1', name: 'look', response: { output: { deep: [1] } } } },
        { functionResponse: { name: 'now', response: { error: 'Broken.' } } },
      ],
    },
  ]);
});

test('text is not joined across a signature, nor thoughts with text, and thoughts are no answer', async () => {
  await using server = await WireServer.start(
    stream(
      parts({ text: 'Hmm', thought: true }),
      parts({ text: 'm.', thought: true }),
      parts({ text: 'One ' }),
      parts({ text: 'two ', thoughtSignature: 'c2ln' }),
      parts({ text: 'three' }),
      finish('STOP'),
    ),
  );
  const events = await respond(model(server));
  expect(endOf(events).text).toBe('One two three');
  expect(events.filter(({ kind }) => kind === 'text')).toHaveLength(3);
  expect(endOf(events).echo?.items).toEqual([
    { text: 'Hmmm.', thought: true },
    { text: 'One ' },
    { text: 'two ', thoughtSignature: 'c2ln' },
    { text: 'three' },
  ]);
});

test('history of another model carries the dummy signature on its first call, and no ids', async () => {
  await using server = await WireServer.start(stream(parts({ text: 'Hi.' }), finish('STOP')));
  const calls = [
    { callId: 'c1', name: 'look', argumentsText: '{"a":1}' },
    { callId: 'c2', name: 'look', argumentsText: 'not json' },
  ];
  await respond(
    model(server),
    ask('', {
      messages: [
        { role: 'user', text: 'hello' },
        { role: 'assistant', text: 'Looking.', calls },
        { role: 'tools', outcomes: calls.map(({ callId }) => ({ kind: 'ok', callId, output: 'seen' })) },
      ],
    }),
  );
  expect(server.bodies[0]?.['contents']).toMatchObject([
    {},
    {
      role: 'model',
      parts: [
        { text: 'Looking.' },
        { functionCall: { name: 'look', args: { a: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
        { functionCall: { name: 'look', args: { invalid_arguments: 'not json' } } },
      ],
    },
    { parts: [{ functionResponse: { name: 'look' } }, { functionResponse: { name: 'look' } }] },
  ]);
  expect(JSON.stringify(server.bodies[0])).not.toMatch(/"c1"|"c2"/);
});

test('an id that the server repeats is rewritten in the call, in what goes back and in its answer', async () => {
  const same = (n: number) => parts({ functionCall: { id: 'f', name: 'look', args: { n } } });
  await using server = await WireServer.start(stream(same(1), same(2), finish('STOP')));
  const events = await respond(model(server));
  expect(callsOf(events).map(({ callId }) => callId)).toEqual(['f', 'f_1']);
  expect(endOf(events).echo?.items).toMatchObject([{ functionCall: { id: 'f' } }, { functionCall: { id: 'f_1' } }]);
});

test.each([
  ['STOP', 'done'],
  ['MAX_TOKENS', 'truncated'],
  ['CONTINUATION', 'truncated'],
  ['SAFETY', 'blocked'],
  ['RECITATION', 'blocked'],
  ['BLOCKLIST', 'blocked'],
  ['PROHIBITED_CONTENT', 'blocked'],
  ['SPII', 'blocked'],
  ['OTHER', 'blocked'],
])('finish reason %s is an ending: %s', async (reason, stop) => {
  await using server = await WireServer.start(stream(parts({ text: 'So' }), finish(reason)));
  const end = endOf(await respond(model(server)));
  expect(end).toMatchObject({ stop, text: 'So' });
  expect(end.detail).toBe(stop === 'done' ? undefined : reason);
});

test.each([
  ['MALFORMED_FUNCTION_CALL', 'malformed'],
  ['UNEXPECTED_TOOL_CALL', 'malformed'],
  ['MALFORMED_RESPONSE', 'malformed'],
  ['TOO_MANY_TOOL_CALLS', 'rejected'],
])('finish reason %s is an error: %s', async (reason, code) => {
  await using server = await WireServer.start(stream(finish(reason)));
  await expect(respond(model(server))).rejects.toMatchObject({ code });
});

test('a response with nothing in it is malformed', async () => {
  await using server = await WireServer.start(stream(finish('STOP')));
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'malformed' });
});

test('a blocked prompt is a blocked response, not an empty success', async () => {
  await using server = await WireServer.start(stream({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }));
  expect(endOf(await respond(model(server)))).toMatchObject({
    stop: 'blocked',
    detail: 'the prompt was blocked: PROHIBITED_CONTENT',
  });
});

test.each([
  ['is malformed', [finish('MALFORMED_FUNCTION_CALL')], 'malformed'],
  ['breaks off', [], 'incomplete_stream'],
])('what was counted for a response that %s is told before it fails', async (_, rest, code) => {
  const usageMetadata = { promptTokenCount: 10, thoughtsTokenCount: 20_000 };
  await using server = await WireServer.start(
    stream({ ...parts({ text: 'hm', thought: true }), usageMetadata }, ...rest),
    stream(...rest),
  );
  const subject = modelOf('gemini/gemini-test', { baseUrl: server.origin, maxAttempts: 2 });
  const told: ModelEvent[] = [];
  await expect(respondInto(told, subject)).rejects.toMatchObject({ code });
  const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 20_000, reasoningTokens: 20_000 };
  expect(told).toMatchObject([{ kind: 'used', usage }, { kind: 'retry' }]);
});

test('usage is a running total of which the last counts, with thoughts as output', async () => {
  const usage = (candidatesTokenCount: number) => ({
    usageMetadata: { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount, thoughtsTokenCount: 5 },
  });
  await using server = await WireServer.start(
    stream({ ...parts({ text: 'a' }), ...usage(1) }, { ...finish('STOP'), ...usage(2) }),
  );
  expect(endOf(await respond(model(server))).usage).toEqual({
    inputTokens: 10,
    cachedInputTokens: 4,
    outputTokens: 7,
    reasoningTokens: 5,
  });
});

test('a count of tokens may come as text, as Protobuf writes large ones, and what is none counts as nothing', async () => {
  const usageMetadata = { promptTokenCount: '12', candidatesTokenCount: 'many', thoughtsTokenCount: -1 };
  await using server = await WireServer.start(stream({ ...parts({ text: 'a' }), usageMetadata }, finish('STOP')));
  expect(endOf(await respond(model(server))).usage).toEqual({ ...NO_USAGE, inputTokens: 12 });
});

const rpcError = (code: number, status: string, message: string, ...details: readonly object[]) => ({
  error: { code, status, message, details },
});
const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.5s' };
const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});

test.each([
  [
    'a rate limit',
    429,
    rpcError(429, 'RESOURCE_EXHAUSTED', 'Slow.', retryInfo),
    { code: 'rate_limited', retryAfterMs: 3500 },
  ],
  [
    "a minute's quota",
    429,
    rpcError(
      429,
      'RESOURCE_EXHAUSTED',
      'Slow.',
      quotaFailure('GenerateRequestsPerMinutePerProjectPerModel'),
      retryInfo,
    ),
    { code: 'rate_limited', retryAfterMs: 3500 },
  ],
  [
    "a day's quota",
    429,
    rpcError(
      429,
      'RESOURCE_EXHAUSTED',
      'Over.',
      quotaFailure('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
      retryInfo,
    ),
    { code: 'quota' },
  ],
  ['overload', 503, rpcError(503, 'UNAVAILABLE', 'Overloaded.'), { code: 'server', status: 503 }],
  [
    'a wrong key',
    400,
    rpcError(400, 'INVALID_ARGUMENT', 'API key not valid.', { reason: 'API_KEY_INVALID' }),
    { code: 'authentication', message: expect.stringContaining('Check GEMINI_API_KEY.') },
  ],
  ['a wrong request', 400, rpcError(400, 'INVALID_ARGUMENT', 'No such field.'), { code: 'rejected', status: 400 }],
  ['no billing', 403, rpcError(403, 'PERMISSION_DENIED', 'No.', { reason: 'BILLING_DISABLED' }), { code: 'quota' }],
])('%s is told from the details of the error', async (_name, status, body, expected) => {
  await using server = await WireServer.start(json(status, body));
  await expect(respond(model(server))).rejects.toMatchObject(expected);
});

test('an error inside the stream is an error with its own status', async () => {
  await using server = await WireServer.start(
    stream(parts({ text: 'half' }), rpcError(429, 'RESOURCE_EXHAUSTED', 'Slow.', retryInfo)),
  );
  await expect(respond(model(server))).rejects.toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 3500 });
});

test('an error page that is no JSON is still a failure of the server', async () => {
  await using server = await WireServer.start((response) => {
    response
      .writeHead(502, { 'content-type': 'application/json', 'retry-after': '2' })
      .end('<html>Bad\n gateway</html>');
  });
  await expect(respond(model(server))).rejects.toMatchObject({
    code: 'server',
    retryAfterMs: 2000,
    message: 'Cannot ask gemini/gemini-test: the server failed (502: <html>Bad gateway</html>).',
  });
});

test('two keys in the environment are no reason to print anything', async () => {
  const warn = vi.spyOn(console, 'warn');
  vi.stubEnv('GEMINI_API_KEY', 'a');
  vi.stubEnv('GOOGLE_API_KEY', 'b');
  await using server = await WireServer.start(stream(parts({ text: 'Hi.' }), finish('STOP')));
  await respond(model(server));
  expect(warn).not.toHaveBeenCalled();
});

test('no more tokens are asked for than the response may have, nor than the server takes', async () => {
  const message = 'maxOutputTokens value of 9000 but the supported range is from 1 (inclusive) to 8193 (exclusive)';
  const refusal = json(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
  const done = stream(parts({ text: 'Hi.' }), finish('STOP'));
  await using server = await WireServer.start(done, refusal, done);
  const subject = model(server);
  for (const maxOutputTokens of [2000, 9000, 9000]) await respond(subject, ask('hello', { maxOutputTokens }));
  const asked = server.bodies.map(({ generationConfig }) => generationConfig);
  expect(asked).toEqual([2000, 9000, 8192, 8192].map((maxOutputTokens) => ({ maxOutputTokens })));
});
