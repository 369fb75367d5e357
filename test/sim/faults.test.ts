import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { SimFault } from '../../src/sim/fault.ts';
import { eventsIn, fastSim } from './support/fast-sim.ts';
import { WEATHER_TOOL } from './support/tools.ts';

const { name, description, parameters } = WEATHER_TOOL;

/** The same request in three protocols. */
const PROTOCOLS = {
  responses: {
    path: '/v1/responses',
    wholePath: '/v1/responses',
    body: (text: string, stream: boolean) => ({
      model: 'm',
      input: text,
      stream,
      tools: [{ type: 'function', name, description, parameters, strict: true }],
    }),
    isTerminal: (data: string) => /^\{"type":"response\.(completed|incomplete|failed)"/.test(data),
  },
  chat: {
    path: '/v1/chat/completions',
    wholePath: '/v1/chat/completions',
    body: (text: string, stream: boolean) => ({
      model: 'm',
      messages: [{ role: 'user', content: text }],
      stream,
      tools: [{ type: 'function', function: { name, description, parameters } }],
    }),
    isTerminal: (data: string) => data === '[DONE]' || /"finish_reason":"/.test(data),
  },
  gemini: {
    path: '/v1beta/models/g:streamGenerateContent?alt=sse',
    wholePath: '/v1beta/models/g:generateContent',
    body: (text: string) => ({
      contents: [{ role: 'user', parts: [{ text }] }],
      tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] }],
    }),
    isTerminal: (data: string) => /"finishReason"/.test(data),
  },
} as const;

type Protocol = keyof typeof PROTOCOLS;
const ALL = Object.keys(PROTOCOLS) as Protocol[];

/** The answer to one request with one fault. */
async function ask(protocol: Protocol, fault: SimFault, text = 'Weather in Oslo and Lima', stream = true) {
  await using sim = await fastSim({ faults: [fault] });
  const { path, wholePath, body } = PROTOCOLS[protocol];
  const response = await sim.post(stream ? path : wholePath, body(text, stream));
  const answer = await response.text();
  return { status: response.status, headers: response.headers, text: answer, events: eventsIn(answer) };
}

async function askJson(protocol: Protocol, fault: SimFault, text?: string): Promise<JsonObject> {
  return JSON.parse((await ask(protocol, fault, text, false)).text);
}

describe('instead of a response', () => {
  test.each(['responses', 'chat'] as const)('%s: too many requests, and how long to wait', async (protocol) => {
    const wait = async (fault: SimFault) => {
      const { status, headers, text } = await ask(protocol, fault);
      expect([status, JSON.parse(text).error.code]).toEqual([429, 'rate_limit_exceeded']);
      expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
      return [headers.get('retry-after'), headers.get('retry-after-ms')];
    };
    expect(await wait({ kind: '429', retryAfterSeconds: 1.5 })).toEqual(['2', '1500']);
    expect(await wait({ kind: '429', retryAfterSeconds: 90, retryHeader: 'seconds' })).toEqual(['90', null]);
    expect(await wait({ kind: '429', retryHeader: 'milliseconds' })).toEqual([null, '1000']);
    expect(await wait({ kind: '429', retryHeader: 'none' })).toEqual([null, null]);
    const [date] = await wait({ kind: '429', retryAfterSeconds: 60, retryHeader: 'date' });
    expect(Date.parse(date ?? '') - Date.now()).toBeGreaterThan(50_000);
  });

  test('gemini: too many requests, and how long to wait', async () => {
    const { status, text } = await ask('gemini', { kind: '429', retryAfterSeconds: 3 });
    expect(status).toBe(429);
    expect(JSON.parse(text).error).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }],
    });
  });

  test.each(ALL)('%s: no quota, and no wait that would help', async (protocol) => {
    const { status, headers, text } = await ask(protocol, { kind: 'quota' });
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBeNull();
    expect(text).toMatch(protocol === 'gemini' ? /QuotaFailure/ : /"code": "insufficient_quota"/);
    expect(text).not.toContain('RetryInfo');
  });

  test.each(ALL)('%s: server errors', async (protocol) => {
    for (const kind of ['500', '503'] as const) expect((await ask(protocol, { kind })).status).toBe(Number(kind));
  });

  test.each(ALL)('%s: the socket goes away before the headers', async (protocol) => {
    await expect(ask(protocol, { kind: 'reset' })).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } });
    await expect(ask(protocol, { kind: 'reset' }, 'Hi', false)).rejects.toMatchObject({ message: 'fetch failed' });
  });
});

describe.each(ALL)('%s: streams that break', (protocol) => {
  const { isTerminal } = PROTOCOLS[protocol];

  test('reset: the socket goes away in the middle', async () => {
    await expect(ask(protocol, { kind: 'reset', when: 'mid-stream' })).rejects.toThrow('terminated');
  });

  test('cut: the body ends properly, without its last events', async () => {
    const { events } = await ask(protocol, { kind: 'cut' });
    expect(events.length).toBeGreaterThan(0);
    expect(events.some(({ data }) => isTerminal(data))).toBe(false);
    for (const { data } of events) expect(() => JSON.parse(data)).not.toThrow();
  });

  test('half-event: the last event is half there', async () => {
    const { events, text } = await ask(protocol, { kind: 'half-event' });
    expect(() => JSON.parse(events.at(-1)?.data ?? '')).toThrow();
    expect(text).not.toMatch(/\n\r?\n$/);
  });

  test('error-event: an error inside the stream', async () => {
    const { status, events } = await ask(protocol, { kind: 'error-event' });
    expect(status).toBe(200);
    const last = events.at(-1);
    const data = JSON.parse(last?.data ?? '');
    if (protocol === 'responses') {
      expect(last?.event).toBe('error');
      expect(data).toMatchObject({ type: 'error', code: 'server_error', sequence_number: events.length - 1 });
    } else expect(data.error.message).toEqual(expect.any(String));
    expect(events.some((event) => isTerminal(event.data))).toBe(false);
    expect((await ask(protocol, { kind: 'error-event' }, 'Hi', false)).status).toBe(500);
  });

  test('stall: it falls silent, and the socket goes away in the end', async () => {
    await using sim = await fastSim({ faults: [{ kind: 'stall' }], settings: { stallMs: 30 } });
    const { path, body } = PROTOCOLS[protocol];
    const response = await sim.post(path, body('Weather in Oslo and Lima', true));
    let text = '';
    const read = async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    };
    await expect(read()).rejects.toThrow('terminated');
    expect(eventsIn(text).length).toBeGreaterThan(0);
    expect(eventsIn(text).some(({ data }) => isTerminal(data))).toBe(false);
  });

  test('a body that is no stream breaks too', async () => {
    await expect(askJson(protocol, { kind: 'cut' })).rejects.toThrow(SyntaxError);
    await expect(ask(protocol, { kind: 'reset', when: 'mid-stream' }, 'Hi', false)).rejects.toThrow('terminated');
  });
});

describe('endings that are none', () => {
  test('responses: failed', async () => {
    const { events } = await ask('responses', { kind: 'failed' });
    expect(events.at(-1)?.event).toBe('response.failed');
    expect(JSON.parse(events.at(-1)?.data ?? '').response).toMatchObject({
      status: 'failed',
      error: { code: 'server_error' },
    });
    expect(await askJson('responses', { kind: 'failed' })).toMatchObject({ status: 'failed', output: [] });
  });

  test('responses: an error without an event line', async () => {
    const { events } = await ask('responses', { kind: 'error-event', eventLine: false });
    expect(events.at(-1)).toMatchObject({ event: undefined, data: expect.stringMatching(/^\{"type":"error"/) });
  });

  test('truncated: the last call is not whole', async () => {
    const { events } = await ask('responses', { kind: 'truncated' });
    const { response } = JSON.parse(events.at(-1)?.data ?? '');
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(response.output.at(-1)).toMatchObject({ type: 'function_call', status: 'incomplete' });
    const chat = await askJson('chat', { kind: 'truncated' }, 'Weather in Oslo');
    expect(chat['choices']).toMatchObject([{ finish_reason: 'length', message: { tool_calls: [{}] } }]);
    expect(() => JSON.parse(JSON.stringify(chat).match(/"arguments":"(.*?)"\}/)?.[1] ?? '')).toThrow();
    const gemini = await askJson('gemini', { kind: 'truncated' }, 'Weather in Oslo');
    expect(gemini['candidates']).toMatchObject([{ finishReason: 'MAX_TOKENS', content: { role: 'model' } }]);
    expect(JSON.stringify(gemini)).not.toContain('functionCall');
  });

  test('blocked: by a filter, or the prompt itself', async () => {
    const incomplete = { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    expect(await askJson('responses', { kind: 'blocked' }, 'Hi')).toMatchObject(incomplete);
    expect(await askJson('chat', { kind: 'blocked' }, 'Hi')).toMatchObject({
      choices: [{ finish_reason: 'content_filter' }],
    });
    expect(await askJson('gemini', { kind: 'blocked' }, 'Hi')).toMatchObject({
      candidates: [{ finishReason: 'SAFETY' }],
    });
    for (const body of [
      await askJson('gemini', { kind: 'blocked', what: 'prompt' }),
      JSON.parse((await ask('gemini', { kind: 'blocked', what: 'prompt' })).events[0]?.data ?? ''),
    ]) {
      expect(body).toMatchObject({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
      expect(body).not.toHaveProperty('candidates');
    }
  });

  test('refused: in words of their own kind', async () => {
    const { events } = await ask('responses', { kind: 'refused' });
    const deltas = events.filter(({ event }) => event === 'response.refusal.delta');
    expect(deltas.map(({ data }) => JSON.parse(data).delta).join('')).toMatch(/^I'm sorry/);
    expect(events.map(({ event }) => event)).toContain('response.refusal.done');
    expect(JSON.parse(events.at(-1)?.data ?? '').response.output[0].content[0].type).toBe('refusal');
    expect(await askJson('chat', { kind: 'refused' })).toMatchObject({
      choices: [{ message: { content: null, refusal: expect.stringMatching(/^I'm sorry/) } }],
    });
    expect((await ask('chat', { kind: 'refused' })).text).toContain('{"refusal":"I\'m"}');
    const gemini = await askJson('gemini', { kind: 'refused' });
    expect(gemini).toMatchObject({ candidates: [{ finishReason: 'PROHIBITED_CONTENT' }] });
  });
});

describe('calls that are not what they should be', () => {
  test('malformed arguments', async () => {
    const { output } = (await askJson('responses', { kind: 'malformed' })) as { output: { arguments: string }[] };
    expect(() => JSON.parse(output[0]?.arguments ?? '')).toThrow();
    expect(JSON.parse(output[1]?.arguments ?? '')).toEqual({ city: 'Lima' });
    const gemini = await askJson('gemini', { kind: 'malformed' });
    expect(gemini).toMatchObject({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] });
    expect(JSON.stringify(gemini)).not.toContain('"functionCall"');
    const streamed = JSON.parse((await ask('gemini', { kind: 'malformed' })).events[0]?.data ?? '');
    expect(streamed.candidates[0]).toMatchObject({ finishReason: 'MALFORMED_FUNCTION_CALL' });
  });

  test('chat: ids missing, all the same, and every index 0', async () => {
    const starts = async (kind: 'missing-ids' | 'duplicate-ids' | 'index-zero') => {
      const { events } = await ask('chat', { kind });
      const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data).choices[0].delta.tool_calls?.[0]);
      return chunks.filter((call) => call?.function.name);
    };
    expect((await starts('missing-ids')).map((call) => 'id' in call)).toEqual([false, false]);
    const [first, second] = await starts('duplicate-ids');
    expect(first.id).toBe(second.id);
    expect([first.index, second.index]).toEqual([0, 1]);
    const zero = await starts('index-zero');
    expect(zero.map(({ index }) => index)).toEqual([0, 0]);
    expect(new Set(zero.map(({ id }) => id)).size).toBe(2);
  });

  test('gemini: ids missing', async () => {
    const { text } = await ask('gemini', { kind: 'missing-ids' });
    expect(text).toContain('{"functionCall":{"name":"get_weather"');
    expect(text).not.toContain('"id"');
  });
});

test('the settings’ chance applies where no test says otherwise, the same every time', async () => {
  const statuses = async () => {
    await using sim = await fastSim({ settings: { seed: 3, faults: { '500': 0.5 } } });
    const seen: number[] = [];
    for (let request = 0; request < 20; request++) {
      seen.push((await sim.post('/v1/responses', { model: 'm', input: 'Hi' })).status);
    }
    return seen;
  };
  const first = await statuses();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await statuses()).toEqual(first);
});
