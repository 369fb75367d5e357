import OpenAI from 'openai';
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import { eventsIn, fastSim } from './support/fast-sim.ts';
import { MATH_TOOLS, runTool, WEATHER_TOOL } from './support/tools.ts';

const TOOLS = [...MATH_TOOLS, WEATHER_TOOL].map(({ name, description, parameters }) => ({
  type: 'function' as const,
  function: { name, description, parameters: { ...parameters } },
}));

describe('through the vendor’s SDK', () => {
  test.each([false, true])('a whole conversation works (streamed: %s)', async (stream) => {
    await using sim = await fastSim();
    const client = new OpenAI({ apiKey: 'any', baseURL: `${sim.origin}/v1`, maxRetries: 0 });
    const messages: ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is (2 + 3) * (4*4), and the weather in Oslo?' },
    ];
    const calls: string[] = [];
    let text: string | null = null;
    while (text === null) {
      const request = { model: 'any', messages, tools: TOOLS };
      const completion = stream
        ? await client.chat.completions.stream({ ...request, stream: true }).finalChatCompletion()
        : await client.chat.completions.create(request);
      const { content, made } = read(completion);
      messages.push({ role: 'assistant', content, ...(made.length > 0 && { tool_calls: made }) });
      for (const { id, function: called } of made) {
        calls.push(called.name + called.arguments);
        const output = runTool({ name: called.name, args: JSON.parse(called.arguments) });
        messages.push({ role: 'tool', tool_call_id: id, content: JSON.stringify(output) });
      }
      text = content;
    }
    expect(calls).toHaveLength(4);
    expect(text).toMatch(/^\(2 \+ 3\) \* \(4\*4\) = 80\. Oslo: 4 °C\./);
  });
});

/** What a completion says, with its reason for ending checked. */
function read({ choices: [choice] }: ChatCompletion) {
  if (!choice) throw new Error('no choice');
  const { content, tool_calls: made = [] } = choice.message;
  expect(choice.finish_reason).toBe(made.length > 0 ? 'tool_calls' : 'stop');
  return { content, made: made.filter((call) => call.type === 'function') };
}

describe('on the wire', () => {
  test('a stream ends with the reason, the usage if asked for, and [DONE]', async () => {
    await using sim = await fastSim();
    const request = {
      model: 'm',
      messages: [{ role: 'user', content: 'Weather in Oslo' }],
      tools: TOOLS,
      stream: true,
    };
    const read = async (body: object) => eventsIn(await (await sim.post('/v1/chat/completions', body)).text());
    const plain = await read(request);
    expect(plain.at(-1)).toEqual({ event: undefined, data: '[DONE]' });
    const chunks = plain.slice(0, -1).map(({ data }) => JSON.parse(data));
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: null, refusal: null });
    expect(chunks[1].choices[0].delta.tool_calls[0]).toMatchObject({
      index: 0,
      id: expect.stringMatching(/^call_/),
      type: 'function',
      function: { name: 'get_weather', arguments: '' },
    });
    expect(chunks.at(-1).choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    const counted = await read({ ...request, stream_options: { include_usage: true } });
    const usage = JSON.parse(counted.at(-2)?.data ?? '');
    expect(usage).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
    expect(JSON.parse(counted[0]?.data ?? '').usage).toBeNull();
  });

  test('parallel calls have an index each', async () => {
    await using sim = await fastSim();
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: 'Weather in Oslo and Lima' }],
      tools: TOOLS,
      stream: true,
    };
    const events = eventsIn(await (await sim.post('/v1/chat/completions', body)).text());
    const args = ['', ''];
    for (const { data } of events.slice(0, -1)) {
      for (const call of JSON.parse(data).choices[0].delta.tool_calls ?? []) {
        args[call.index] += call.function.arguments;
      }
    }
    expect(args).toEqual(['{"city":"Oslo"}', '{"city":"Lima"}']);
  });
});

describe('what is not in order is refused in the vendor’s words', () => {
  const user = { role: 'user', content: 'Weather in Oslo' };
  const call = (id: string) => ({
    id,
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
  });
  const asks = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
  const tells = (id: string) => ({ role: 'tool', tool_call_id: id, content: '4' });
  const unanswered = (ids: string) =>
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`;
  const stray =
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";

  test.each<[string, object, object]>([
    ['a call without a result', { messages: [user, asks('a')] }, { message: unanswered('a') }],
    [
      'a call that the user interrupts',
      { messages: [user, asks('a', 'b'), tells('a'), user] },
      {
        message: unanswered('b'),
        param: 'messages.[3].role',
      },
    ],
    ['a result without a call', { messages: [user, tells('a')] }, { message: stray, param: 'messages.[1].role' }],
    ['a result too many', { messages: [user, asks('a'), tells('a'), tells('a')] }, { message: stray }],
    ['a result too late', { messages: [user, asks('a'), tells('a'), user, tells('a')] }, { message: stray }],
    ['two calls of one id', { messages: [user, asks('a', 'a')] }, { message: expect.stringMatching(/^Duplicate/) }],
    ['no messages', { messages: [] }, { code: 'empty_array' }],
    ['no tools in the list', { messages: [user], tools: [] }, { code: 'empty_array', param: 'tools' }],
    ['parallel calls without tools', { messages: [user], parallel_tool_calls: true }, { param: 'parallel_tool_calls' }],
    ['stream options without a stream', { messages: [user], stream_options: {} }, { param: 'stream_options' }],
    ['an unknown role', { messages: [{ role: 'robot', content: '' }] }, { param: 'messages[0].role' }],
    ['a flat tool', { messages: [user], tools: [{ type: 'function', name: 'f' }] }, { param: 'tools[0].function' }],
    ['several answers', { messages: [user], n: 2 }, { code: 'integer_above_max_value', param: 'n' }],
    [
      'an answer in JSON',
      { messages: [user], response_format: { type: 'json_object' } },
      { message: "Invalid parameter: 'response_format' of type 'json_object' is not supported with this model." },
    ],
    ['an unknown field', { messages: [user], input: 'x' }, { message: "Unknown parameter: 'input'." }],
  ])('%s', async (_, body, error) => {
    await using sim = await fastSim();
    const response = await sim.post('/v1/chat/completions', { model: 'm', ...body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', ...error } });
  });

  test('results in any order are fine', async () => {
    await using sim = await fastSim();
    const messages = [user, asks('a', 'b'), tells('b'), tells('a')];
    expect((await sim.post('/v1/chat/completions', { model: 'm', messages })).status).toBe(200);
  });
});
