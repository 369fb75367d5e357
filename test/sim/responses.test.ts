import OpenAI from 'openai';
import type {
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseOutputItem,
} from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { STAND_IN_NOTE } from '../../src/sim/brain/think.ts';
import { eventsIn, fastSim } from './support/fast-sim.ts';
import { MATH_TOOLS, runTool, WEATHER_TOOL } from './support/tools.ts';

const TOOLS = [...MATH_TOOLS, WEATHER_TOOL].map((tool) => ({
  type: 'function' as const,
  name: tool.name,
  description: tool.description,
  parameters: { ...tool.parameters },
  strict: true,
}));

const STATELESS = { store: false, include: ['reasoning.encrypted_content'] as const };

function clientOf(origin: string): OpenAI {
  return new OpenAI({ apiKey: 'any', baseURL: `${origin}/v1`, maxRetries: 0, logLevel: 'off' });
}

function question(prompt: string): ResponseCreateParamsNonStreaming {
  return { model: 'gpt-any', input: prompt, tools: TOOLS, store: false, include: ['reasoning.encrypted_content'] };
}

/** The items as they are once they are done. */
async function streamed(client: OpenAI, request: ResponseCreateParamsNonStreaming): Promise<ResponseOutputItem[]> {
  const output: ResponseOutputItem[] = [];
  let completed = false;
  for await (const event of await client.responses.create({ ...request, stream: true })) {
    if (event.type === 'response.output_item.done') output.push(event.item);
    completed = event.type === 'response.completed';
  }
  expect(completed).toBe(true);
  return output;
}

describe('through the vendor’s SDK', () => {
  test.each([false, true])('a whole conversation works, reasoning echoed (streamed: %s)', async (stream) => {
    await using sim = await fastSim();
    const client = clientOf(sim.origin);
    const input: ResponseInputItem[] = [{ role: 'user', content: 'What is (2 + 3) * (4*4), and the weather in Oslo?' }];
    const calls: string[] = [];
    let text: string | undefined;
    while (text === undefined) {
      const request = { ...question(''), input };
      const output = stream ? await streamed(client, request) : (await client.responses.create(request)).output;
      input.push(...(output as ResponseInputItem[]));
      for (const item of output) {
        if (item.type === 'message' && item.content[0]?.type === 'output_text') text = item.content[0].text;
        if (item.type !== 'function_call') continue;
        calls.push(`${item.name}${item.arguments}`);
        const result = runTool({ name: item.name, args: JSON.parse(item.arguments) });
        input.push({ type: 'function_call_output', call_id: item.call_id, output: JSON.stringify(result) });
      }
    }
    expect(calls).toEqual([
      'sum_numbers{"a":2,"b":3}',
      'multiply_numbers{"x":4,"y":4}',
      'get_weather{"city":"Oslo"}',
      'multiply_numbers{"x":5,"y":16}',
    ]);
    expect(text).toBe(`(2 + 3) * (4*4) = 80. Oslo: 4 °C. ${STAND_IN_NOTE}`);
    expect(sim.requests.map(({ path }) => path)).toEqual(Array(3).fill('/v1/responses'));
  });

  test('the SDK’s own assembly of a stream accepts every event', async () => {
    await using sim = await fastSim();
    const stream = clientOf(sim.origin).responses.stream({ ...question('Weather in Oslo and Lima'), stream: true });
    const response = await stream.finalResponse();
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call', 'function_call']);
  });

  test('parallel_tool_calls false gives one call at a time', async () => {
    await using sim = await fastSim();
    const response = await clientOf(sim.origin).responses.create({
      ...question('Weather in Oslo and Lima'),
      parallel_tool_calls: false,
    });
    expect(response.output.filter(({ type }) => type === 'function_call')).toHaveLength(1);
  });

  test('tool_choice leaves only the tools it allows', async () => {
    await using sim = await fastSim();
    const client = clientOf(sim.origin);
    const none = await client.responses.create({ ...question('2 + 3'), tool_choice: 'none' });
    expect(none.output_text).toContain('I cannot calculate 2 + 3');
    const one = await client.responses.create({
      ...question('What is 2 + 3 and the weather in Oslo?'),
      tool_choice: { type: 'function', name: 'get_weather' },
    });
    expect(one.output.map((item) => ('name' in item ? item.name : item.type))).toEqual(['reasoning', 'get_weather']);
  });

  test('tool_choice can insist on a call, of use or not, until there is a result', async () => {
    await using sim = await fastSim();
    const client = clientOf(sim.origin);
    const input: ResponseInputItem[] = [{ role: 'user', content: 'Tell me of 7 swans' }];
    const request = { ...question(''), tool_choice: { type: 'function', name: 'sum_numbers' } as const };
    const { output } = await client.responses.create({ ...request, input });
    const call = output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'sum_numbers', arguments: '{"a":7,"b":1}' });
    input.push(...(output as ResponseInputItem[]));
    input.push({ type: 'function_call_output', call_id: call?.call_id ?? '', output: '8' });
    expect((await client.responses.create({ ...request, input })).output_text).toContain('I cannot answer that');
  });

  test('reasoning comes encrypted, asked for or not, and what is stored may come back by its id', async () => {
    await using sim = await fastSim();
    const client = clientOf(sim.origin);
    const request = { model: 'gpt-any', tools: TOOLS, reasoning: { effort: 'low' } as const };
    const user: ResponseInputItem = { role: 'user', content: 'Weather in Oslo' };
    const { output } = await client.responses.create({ ...request, input: [user] });
    const [reasoning, call] = output;
    if (reasoning?.type !== 'reasoning' || call?.type !== 'function_call') throw new Error('no reasoning');
    const result: ResponseInputItem = { type: 'function_call_output', call_id: call.call_id, output: '4' };
    const { encrypted_content, ...bare } = reasoning;
    expect(encrypted_content).toMatch(/^gAAAA/);
    for (const item of [reasoning, bare]) {
      const answer = await client.responses.create({ ...request, input: [user, item, call, result] });
      expect(answer.output_text).toContain('Oslo');
    }
  });

  test('a limit on tokens truncates the answer', async () => {
    await using sim = await fastSim();
    const response = await clientOf(sim.origin).responses.create({ model: 'm', input: 'Hello', max_output_tokens: 16 });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(response.usage?.output_tokens).toBe(16);
  });
});

describe('on the wire', () => {
  test('a stream has the vendor’s events in the vendor’s order', async () => {
    await using sim = await fastSim();
    const response = await sim.post('/v1/responses', { ...question('Weather in Oslo and Lima'), stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
    expect(response.headers.get('x-ratelimit-remaining-requests')).toMatch(/^\d+$/);
    const events = eventsIn(await response.text());
    const call = [
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
    ];
    const names = [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
    ];
    expect(events.map(({ event }) => event)).toEqual([...names, ...call, ...call, 'response.completed']);
    const data = events.map((event) => JSON.parse(event.data));
    expect(data.map(({ type }) => type)).toEqual(events.map(({ event }) => event));
    expect(data.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const { response: final } = data.at(-1);
    expect(final.id).toMatch(/^resp_/);
    expect(final.output.map(({ id }: { id: string }) => id.split('_')[0])).toEqual(['rs', 'fc', 'fc']);
    expect(final.usage).toMatchObject({ output_tokens_details: { reasoning_tokens: 16 } });
    expect(final.usage.total_tokens).toBe(final.usage.input_tokens + final.usage.output_tokens);
  });

  test('a text comes in words between its part’s beginning and end', async () => {
    await using sim = await fastSim();
    const events = eventsIn(await (await sim.post('/v1/responses', { model: 'm', input: 'Hi', stream: true })).text());
    const deltas = events.filter(({ event }) => event === 'response.output_text.delta');
    expect(deltas.length).toBeGreaterThan(10);
    const text = deltas.map(({ data }) => JSON.parse(data).delta).join('');
    expect(events.filter(({ event }) => event !== 'response.output_text.delta').map(({ event }) => event)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(JSON.parse(events.at(-1)?.data ?? '').response.output[0].content[0].text).toBe(text);
  });

  test('any base path before the known end is fine', async () => {
    await using sim = await fastSim();
    for (const path of ['/responses', '/proxy/openai/v1/responses', '//v1/responses/']) {
      expect((await sim.post(path, { model: 'm', input: 'Hi' })).status).toBe(200);
    }
  });

  test('the same seed and order of requests give the same bytes but for the time', async () => {
    const texts: string[] = [];
    for (let run = 0; run < 2; run++) {
      await using sim = await fastSim();
      const text = await (await sim.post('/v1/responses', { ...question('2 + 3'), stream: true })).text();
      texts.push(text.replace(/"(created|completed)_at":\d+/g, ''));
    }
    expect(texts[0]).toBe(texts[1]);
  });
});

describe('what is not in order is refused in the vendor’s words', () => {
  const call = { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Oslo"}' };
  const output = { type: 'function_call_output', call_id: 'call_1', output: '4' };
  const user = { role: 'user', content: 'Weather in Oslo' };

  test.each<[string, object, object]>([
    [
      'a call without its output',
      { input: [user, call] },
      { message: 'No tool output found for function call call_1.' },
    ],
    [
      'an output without its call',
      { input: [user, output] },
      { message: 'No tool call found for function call output with call_id call_1.' },
    ],
    [
      'an output before its call',
      { input: [user, output, call] },
      { message: expect.stringMatching(/^No tool call found/) },
    ],
    [
      'two outputs of one call',
      { input: [user, call, output, output] },
      { message: expect.stringMatching(/^Duplicate/) },
    ],
    ['two calls of one id', { input: [user, call, call, output] }, { message: expect.stringMatching(/^Duplicate/) }],
    [
      'a call id that is too long',
      { input: [user, { ...call, call_id: 'c'.repeat(65) }] },
      { code: 'string_above_max_length', param: 'input[1].call_id' },
    ],
    ['no model', { model: undefined, input: 'x' }, { code: 'missing_required_parameter', param: 'model' }],
    ['an unknown field', { input: 'x', foo: 1 }, { code: 'unknown_parameter', message: "Unknown parameter: 'foo'." }],
    ['a wrong type', { input: 'x', temperature: 'hot' }, { code: 'invalid_type', param: 'temperature' }],
    [
      'a part of the wrong side',
      { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
      {
        message: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
      },
    ],
    ['an unknown kind of item', { input: [{ type: 'thing' }] }, { code: 'invalid_value', param: 'input[0].type' }],
    ['a previous response', { input: 'x', previous_response_id: 'resp_1' }, { code: 'previous_response_not_found' }],
    ['a tool name with a dot', { input: 'x', tools: [{ type: 'function', name: 'a.b' }] }, { param: 'tools[0].name' }],
    [
      'a strict schema that is not strict',
      {
        input: 'x',
        tools: [{ type: 'function', name: 'f', strict: true, parameters: { type: 'object', properties: {} } }],
      },
      { code: 'invalid_function_parameters', message: expect.stringContaining("'additionalProperties' is required") },
    ],
    [
      'an answer in JSON',
      { input: 'x', text: { format: { type: 'json_schema', name: 'x', schema: {} } } },
      { message: "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this model." },
    ],
    ['a tool that must be called but is not there', { input: 'x', tool_choice: 'required' }, { param: 'tool_choice' }],
    [
      'arguments that are no text',
      { input: [user, { ...call, arguments: {} }, output] },
      { param: 'input[1].arguments' },
    ],
  ])('%s', async (_, body, error) => {
    await using sim = await fastSim();
    const response = await sim.post('/v1/responses', { model: 'm', ...body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', ...error } });
  });

  test('no key, broken JSON, no such path, too much', async () => {
    await using sim = await fastSim();
    expect((await sim.post('/v1/responses', { model: 'm', input: 'x' }, {})).status).toBe(401);
    expect((await sim.post('/v1/responses', '{"model":')).status).toBe(400);
    const lost = await sim.post('/v1/nothing', {}, { authorization: 'Bearer any' });
    expect([lost.status, await lost.json()]).toEqual([
      404,
      { error: { message: 'Invalid URL (POST /v1/nothing)', type: 'invalid_request_error', param: null, code: null } },
    ]);
    const gone = await fetch(`${sim.origin}/v1/responses/resp_1`, { headers: { authorization: 'Bearer any' } });
    expect([gone.status, await gone.json()]).toMatchObject([
      404,
      { error: { message: "Response with id 'resp_1' not found." } },
    ]);
    const large = await sim.post('/v1/responses', { model: 'm', input: 'x'.repeat(33 * 1024 * 1024) });
    expect(large.status).toBe(413);
    expect(sim.requests).toEqual([]);
  });

  test('reasoning has to come back whole and in its place', async () => {
    await using sim = await fastSim();
    const first = await clientOf(sim.origin).responses.create(question('Weather in Oslo'));
    const [reasoning, made] = first.output;
    if (reasoning?.type !== 'reasoning' || made?.type !== 'function_call') throw new Error('no reasoning');
    const result = { type: 'function_call_output', call_id: made.call_id, output: '4' };
    const ask = async (...items: object[]) => {
      const response = await sim.post('/v1/responses', { ...question(''), ...STATELESS, input: [user, ...items] });
      const body = (await response.json()) as { error: { message: string; code: string | null } | null };
      return body.error?.code ?? body.error?.message ?? 'fine';
    };
    expect(await ask(reasoning, made, result)).toBe('fine');
    const { id: _, ...withoutId } = made;
    expect(await ask(reasoning, withoutId, result)).toBe('fine');
    expect(await ask(withoutId, result)).toBe('fine');
    expect(await ask(made, result)).toBe(
      `Item '${made.id}' of type 'function_call' was provided without its required 'reasoning' item: '${reasoning.id}'.`,
    );
    const lonely = `Item '${reasoning.id}' of type 'reasoning' was provided without its required following item.`;
    expect(await ask(reasoning)).toBe(lonely);
    expect(await ask(made, reasoning, result)).toMatch(/was provided without its required 'reasoning' item/);
    expect(await ask(reasoning, call, { ...result, call_id: 'call_1' })).toBe(lonely);
    const tampered = { ...reasoning, encrypted_content: `${reasoning.encrypted_content?.slice(0, -4)}AAAA` };
    expect(await ask(tampered, made, result)).toBe('invalid_encrypted_content');
    const { encrypted_content: __, ...plain } = reasoning;
    expect(await ask(plain, made, result)).toMatch(/not found. Items are not persisted when `store` is set to false/);
    const { summary: ___, ...withoutSummary } = reasoning;
    expect(await ask(withoutSummary, made, result)).toBe('missing_required_parameter');
    expect(await ask(reasoning, made, result, reasoning)).toMatch(/^Duplicate item found/);
  });
});
