import type { Content, FunctionCall, Part } from '@google/genai';
import { GoogleGenAI } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { eventsIn, fastSim } from './support/fast-sim.ts';
import { MATH_TOOLS, runTool, WEATHER_TOOL } from './support/tools.ts';

const TOOLS = [
  {
    functionDeclarations: [...MATH_TOOLS, WEATHER_TOOL].map(({ name, description, parameters }) => ({
      name,
      description,
      parametersJsonSchema: parameters,
    })),
  },
];

const STREAM = '/v1beta/models/gemini-any:streamGenerateContent?alt=sse';
const WHOLE = '/v1beta/models/gemini-any:generateContent';

function user(...parts: object[]) {
  return { role: 'user', parts };
}

describe('through the vendor’s SDK', () => {
  test.each([false, true])('a whole conversation works, parts echoed as they came (streamed: %s)', async (stream) => {
    await using sim = await fastSim();
    const client = new GoogleGenAI({ apiKey: 'any', apiVersion: 'v1beta', httpOptions: { baseUrl: sim.origin } });
    const contents: Content[] = [user({ text: 'What is (2 + 3) * (4*4), and the weather in Oslo?' })];
    const calls: string[] = [];
    let results: Part[] = [];
    do {
      const parts = await (stream ? streamedParts : wholeParts)(client, contents);
      contents.push({ role: 'model', parts });
      const made = parts.flatMap(({ functionCall }) => functionCall ?? []);
      calls.push(...made.map(({ name, args }) => `${name}${JSON.stringify(args)}`));
      results = made.map(toResult);
      if (results.length > 0) contents.push({ role: 'user', parts: results });
    } while (results.length > 0);
    expect(calls).toHaveLength(4);
    const text = contents
      .at(-1)
      ?.parts?.map((part) => part.text ?? '')
      .join('');
    expect(text).toMatch(/^\(2 \+ 3\) \* \(4\*4\) = 80\. Oslo: 4 °C\./);
    contents.push(user({ text: 'And in Lima, how is the weather?' }));
    expect(await wholeParts(client, contents)).toMatchObject([
      { functionCall: { name: 'get_weather', args: { city: 'Lima' } } },
    ]);
  });
});

describe('whatever the vendor’s SDK makes of a stream', () => {
  const QUESTION = 'What is (2 + 3) * (4*4)?';
  const clientOf = (origin: string) => new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: origin } });

  test('functions that it calls by itself are answered', async () => {
    await using sim = await fastSim();
    const callable = {
      tool: async () => TOOLS[0] ?? {},
      callTool: async (calls: FunctionCall[]) => calls.map(toResult),
    };
    const stream = await clientOf(sim.origin).models.generateContentStream({
      model: 'gemini-any',
      contents: QUESTION,
      config: { tools: [callable] },
    });
    const chunks = await Array.fromAsync(stream);
    const texts = chunks.flatMap(
      ({ candidates }) => candidates?.[0]?.content?.parts?.map((part) => part.text ?? '') ?? [],
    );
    expect(texts.join('')).toMatch(/= 80\./);
  });

  test('a chat goes on from the chunks that it keeps', async () => {
    await using sim = await fastSim();
    const chat = clientOf(sim.origin).chats.create({ model: 'gemini-any', config: { tools: TOOLS } });
    let said: Part[] = [];
    for (let message: string | Part[] = QUESTION; message.length > 0; message = callsIn(said).map(toResult)) {
      const chunks = await Array.fromAsync(await chat.sendMessageStream({ message }));
      said = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    }
    expect(said.map((part) => part.text ?? '').join('')).toMatch(/= 80\./);
  });
});

function callsIn(parts: readonly Part[]): FunctionCall[] {
  return parts.flatMap(({ functionCall }) => functionCall ?? []);
}

function requestFor(contents: Content[]) {
  return { model: 'gemini-any', contents, config: { tools: TOOLS, systemInstruction: 'Be brief.' } };
}

async function wholeParts(client: GoogleGenAI, contents: Content[]): Promise<Part[]> {
  const { candidates } = await client.models.generateContent(requestFor(contents));
  return candidates?.[0]?.content?.parts ?? [];
}

async function streamedParts(client: GoogleGenAI, contents: Content[]): Promise<Part[]> {
  const parts: Part[] = [];
  let reason: string | undefined;
  for await (const { candidates } of await client.models.generateContentStream(requestFor(contents))) {
    parts.push(...(candidates?.[0]?.content?.parts ?? []));
    reason = candidates?.[0]?.finishReason;
  }
  expect(reason).toBe('STOP');
  return parts;
}

function toResult({ id, name = '', args }: FunctionCall): Part {
  const output = runTool({ name, args: JSON.parse(JSON.stringify(args ?? {})) });
  return { functionResponse: { ...(id !== undefined && { id }), name, response: { output } } };
}

describe('on the wire', () => {
  test('each call is a chunk, the first one signed, the usage a running total', async () => {
    await using sim = await fastSim();
    const body = { contents: [user({ text: 'Weather in Oslo and Lima' })], tools: TOOLS };
    const response = await sim.post(STREAM, body, { 'x-goog-api-key': 'any' });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const chunks = eventsIn(await response.text()).map(({ data }) => JSON.parse(data));
    expect(chunks.map(({ candidates: [candidate] }) => candidate.content.parts)).toMatchObject([
      [{ functionCall: { name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: expect.any(String) }],
      [{ functionCall: { name: 'get_weather', args: { city: 'Lima' } } }],
      [{ text: '' }],
    ]);
    expect(chunks[1].candidates[0].content.parts[0]).not.toHaveProperty('thoughtSignature');
    expect(chunks.map(({ candidates: [candidate] }) => candidate.finishReason)).toEqual([undefined, undefined, 'STOP']);
    const totals = chunks.map(({ usageMetadata: usage }) => usage.candidatesTokenCount);
    expect(totals).toEqual([7, 14, 14]);
    const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } = chunks[2].usageMetadata;
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
  });

  test('the key may be in the address, the version another, and a stream an array', async () => {
    await using sim = await fastSim();
    const body = { contents: [user({ text: 'Hello' })] };
    const path = '/v1/models/g:streamGenerateContent?key=any';
    const chunks = (await (await sim.post(path, body, {})).json()) as { candidates: { finishReason?: string }[] }[];
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe('STOP');
  });

  test('mode NONE and allowed names leave only some tools', async () => {
    await using sim = await fastSim();
    const contents = [user({ text: 'What is 2 + 3?' })];
    const ask = async (functionCallingConfig: object) =>
      (await sim.post(WHOLE, { contents, tools: TOOLS, toolConfig: { functionCallingConfig } })).text();
    expect(await ask({ mode: 'NONE' })).toContain('I cannot calculate 2 + 3');
    expect(await ask({ mode: 'ANY', allowedFunctionNames: ['get_weather'] })).toContain('"name":"get_weather"');
    expect(await ask({ mode: 'ANY', allowedFunctionNames: ['sum_numbers'] })).toContain('"name":"sum_numbers"');
  });

  test('fields may be called like_this, and lists of one be what they hold', async () => {
    await using sim = await fastSim();
    const parameters = { type: 'object', properties: { home_city: { type: 'string' } }, required: ['home_city'] };
    const declaration = { name: 'get_weather', description: 'The current weather in a city.', parameters };
    const answer = await sim.post(WHOLE, {
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { text: 'Weather in Oslo' } },
      tools: { function_declarations: declaration },
      tool_config: { function_calling_config: { mode: 'AUTO' } },
      generation_config: { max_output_tokens: 200 },
    });
    expect(await answer.json()).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { name: 'get_weather', args: { home_city: 'Oslo' } } }] } }],
    });
  });
});

describe('what is not in order is refused in the vendor’s words', () => {
  const SKIP = 'skip_thought_signature_validator';
  const question = user({ text: 'Weather in Oslo' });
  const call = (city: string, more: object = {}) => ({
    functionCall: { name: 'get_weather', args: { city } },
    ...more,
  });
  const signed = (city: string) => call(city, { thoughtSignature: SKIP });
  const model = (...parts: object[]) => ({ role: 'model', parts });
  const result = (more: object = {}) => ({
    functionResponse: { name: 'get_weather', response: { output: 4 }, ...more },
  });
  const count =
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';

  test.each<[string, object, string | RegExp]>([
    ['too few results', { contents: [question, model(signed('Oslo'), call('Lima')), user(result())] }, count],
    ['too many results', { contents: [question, model(signed('Oslo')), user(result(), result())] }, count],
    ['no results', { contents: [question, model(signed('Oslo'))] }, count],
    [
      'results in two contents',
      { contents: [question, model(signed('Oslo'), call('Lima')), user(result()), user(result())] },
      count,
    ],
    [
      'a result without a call',
      { contents: [question, user(result())] },
      /function response turn comes immediately after/,
    ],
    [
      'a call of nobody',
      { contents: [model(signed('Oslo')), user(result())] },
      /function call turn comes immediately after/,
    ],
    [
      'a result of another tool',
      { contents: [question, model(signed('Oslo')), user(result({ name: 'other' }))] },
      /match/,
    ],
    ['a result of an unknown id', { contents: [question, model(signed('Oslo')), user(result({ id: 'x' }))] }, /match/],
    [
      'a call without a signature',
      { contents: [question, model(call('Oslo')), user(result())] },
      /^Function call is missing a thought_signature in functionCall parts\..*default_api:get_weather/,
    ],
    [
      'a signature of another call',
      { contents: [question, model(call('Oslo', { thoughtSignature: 'AAAA' })), user(result())] },
      'Corrupted thought signature.',
    ],
    ['a third role', { contents: [{ role: 'tool', parts: [{ text: 'x' }] }] }, 'Please use a valid role: user, model.'],
    ['nothing', { contents: [] }, /contents is not specified/],
    ['no parts', { contents: [user()] }, /must not be empty/],
    ['an empty part', { contents: [user({})] }, /oneof field 'data' must have one/],
    [
      'a response that is no object',
      { contents: [question, model(signed('Oslo')), user(result({ response: '4' }))] },
      /Struct/,
    ],
    [
      'an unknown field',
      { contents: [question], foo: 1 },
      'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
    ],
    [
      'an answer in JSON',
      { contents: [question], generationConfig: { responseMimeType: 'application/json' } },
      /JSON mode/,
    ],
    [
      'a bad tool name',
      { contents: [question], tools: [{ functionDeclarations: [{ name: '1x' }] }] },
      /Invalid function name/,
    ],
    [
      'a tool twice',
      { contents: [question], tools: [...TOOLS, ...TOOLS] },
      /^Duplicate function declaration found: sum_numbers/,
    ],
  ])('%s', async (_, body, message) => {
    await using sim = await fastSim();
    const response = await sim.post(WHOLE, body);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect(response.status).toBe(400);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  test('a signature must stay with its call, and is only needed in the current turn', async () => {
    await using sim = await fastSim();
    const first = await sim.post(WHOLE, { contents: [user({ text: 'Weather in Oslo and Lima' })], tools: TOOLS });
    const { candidates } = (await first.json()) as { candidates: [{ content: { parts: [Part, Part] } }] };
    const [oslo, lima] = candidates[0].content.parts;
    const status = async (...contents: object[]) => (await sim.post(WHOLE, { contents })).status;
    const results = user(result({ id: oslo.functionCall?.id }), result({ id: lima.functionCall?.id }));
    expect(await status(question, model(oslo, lima), results)).toBe(200);
    const moved = { ...lima, thoughtSignature: oslo.thoughtSignature };
    expect(await status(question, model({ functionCall: oslo.functionCall }, moved), results)).toBe(400);
    const bare = model({ functionCall: oslo.functionCall }, { functionCall: lima.functionCall });
    expect(await status(question, bare, results)).toBe(400);
    expect(await status(question, bare, results, model({ text: 'fine' }), user({ text: 'Thanks' }))).toBe(200);
  });

  test('no key, no such method', async () => {
    await using sim = await fastSim();
    const keyless = await sim.post(WHOLE, {}, { authorization: 'Bearer any' });
    expect([keyless.status, await keyless.json()]).toMatchObject([403, { error: { status: 'PERMISSION_DENIED' } }]);
    expect((await sim.post('/v1beta/models/g:dance', { contents: [question] })).status).toBe(404);
  });
});

test('both vendors’ lists of models answer a probe', async () => {
  await using sim = await fastSim();
  const get = async (path: string, headers: Readonly<Record<string, string>>) =>
    (await fetch(sim.origin + path, { headers })).json();
  const bearer = { authorization: 'Bearer any' };
  expect(await get('/v1/models', bearer)).toMatchObject({ object: 'list', data: [{ id: 'offline' }] });
  expect(await get('/v1/models/gpt-5', bearer)).toMatchObject({ id: 'gpt-5', object: 'model' });
  expect(await get('/v1beta/models', { 'x-goog-api-key': 'any' })).toMatchObject({
    models: [{ name: 'models/offline' }],
  });
  expect(await get('/v1/models', {})).toMatchObject({ error: { type: 'invalid_request_error' } });
});
