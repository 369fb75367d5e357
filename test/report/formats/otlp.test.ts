import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { NO_USAGE } from '../../../src/contract/model.ts';
import { otlpReport, otlpRequests } from '../../../src/report/formats/otlp.ts';
import type { OtlpSpan } from '../../../src/report/formats/otlp-spans.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { ToldRun } from '../support/told-run.ts';
import { recorded, written } from './support.ts';

/** The fields of the messages of `trace.proto`, `common.proto` and `resource.proto`, in lowerCamelCase, with what is in them. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ExportTraceServiceRequest: { resourceSpans: 'ResourceSpans[]' },
  ResourceSpans: { resource: 'Resource', scopeSpans: 'ScopeSpans[]', schemaUrl: 'string' },
  Resource: { attributes: 'KeyValue[]', droppedAttributesCount: 'number' },
  ScopeSpans: { scope: 'InstrumentationScope', spans: 'Span[]', schemaUrl: 'string' },
  InstrumentationScope: { name: 'string', version: 'string', attributes: 'KeyValue[]' },
  Span: {
    traceId: 'string',
    spanId: 'string',
    traceState: 'string',
    parentSpanId: 'string',
    flags: 'number',
    name: 'string',
    kind: 'number',
    startTimeUnixNano: 'string',
    endTimeUnixNano: 'string',
    attributes: 'KeyValue[]',
    droppedAttributesCount: 'number',
    events: 'Event[]',
    links: 'Link[]',
    status: 'Status',
  },
  Event: { timeUnixNano: 'string', name: 'string', attributes: 'KeyValue[]' },
  Status: { message: 'string', code: 'number' },
  KeyValue: { key: 'string', value: 'AnyValue' },
  AnyValue: {
    stringValue: 'string',
    boolValue: 'boolean',
    intValue: 'string',
    doubleValue: 'number',
    arrayValue: 'ArrayValue',
  },
  ArrayValue: { values: 'AnyValue[]' },
};

/** What of a value the protocol does not know. */
function strangersIn(value: unknown, type: string): readonly string[] {
  if (type.endsWith('[]')) {
    return Array.isArray(value) ? value.flatMap((each) => strangersIn(each, type.slice(0, -2))) : [`no ${type}`];
  }
  const message = MESSAGES[type];
  if (!message) return typeof value === type ? [] : [`${typeof value} for ${type}`];
  return Object.entries(value as object).flatMap(([name, inner]) => {
    const known = message[name];
    return known === undefined ? [`${type}.${name}`] : strangersIn(inner, known);
  });
}

/** A model call that asks for a tool, and the tool. */
function told(): ToldRun {
  const run = new ToldRun({ model: 'openai/gpt-x' })
    .mode(0)
    .start(0, 'p1', { prompt: 'SECRET question', model: 'openai/gpt-x' });
  const usage = { ...NO_USAGE, inputTokens: 7, outputTokens: 3, reasoningTokens: 2 };
  const calls = [{ callId: 'c1', name: 'look', argumentsText: '{"at":"SECRET"}' }];
  run.ask(1, 'p1', { model: 'openai/gpt-x' });
  run.answer(101, 'p1', { tookMs: 100, firstMs: 40, result: { ok: true, stop: 'done', text: '', calls, usage } });
  run.call(102, 'p1', 'c1', { name: 'look', argumentsText: '{"at":"SECRET"}' });
  const outcome = { kind: 'failed', callId: 'c1', code: 'threw', message: 'SECRET failure' } as const;
  run.result(150, 'p1', 'c1', { name: 'look', outcome });
  return run.end(160, 'p1', { answer: 'SECRET answer' }).modeEnd(160).runEnd(160);
}

it('has an error for what was not as expected, without what was said, and none for what was expected to fail', async () => {
  const missed = [{ what: 'contains', problem: 'the answer does not contain "SECRET"' }] as const;
  const run = new ToldRun({ replay: { cassette: 'tape.jsonl', time: 'virtual' } }).mode(0);
  run.start(0, 'p1').end(1, 'p1', { missed }).start(1, 'p2').end(2, 'p2', { status: 'refused', missed: [] }).modeEnd(2);
  const text = await written(otlpReport, run.events);
  const spans: readonly OtlpSpan[] = JSON.parse(text).resourceSpans[0].scopeSpans[0].spans;
  const [wrong, expected] = spans.filter(({ name }) => name === 'invoke_agent assistant');
  expect(wrong?.status?.message).toBe('done, not as expected');
  expect(JSON.stringify(wrong)).toContain(
    '{"key":"agentpar.missed","value":{"arrayValue":{"values":[{"stringValue":"contains"}]}}}',
  );
  expect(expected?.status).toBeUndefined();
  expect(text).not.toContain('SECRET');
  expect(text).toContain('{"key":"agentpar.timed","value":{"stringValue":"virtual"}}');
});

it('tells of agents, models and tools by the conventions for generative AI', async () => {
  const spans = spansIn(await written(otlpReport, told().events));
  expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
    ['invoke_workflow agentpar', 1],
    ['agentpar parallel', 1],
    ['invoke_agent assistant', 1],
    ['chat gpt-x', 3],
    ['execute_tool look', 1],
  ]);
  const [run, mode, agent, chat, tool] = spans;
  expect([mode, agent, chat, tool].map((span) => span?.parentSpanId)).toEqual([
    run?.spanId,
    mode?.spanId,
    agent?.spanId,
    agent?.spanId,
  ]);
  expect(attributesOf(chat)).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-x',
    'gen_ai.conversation.id': 'run/parallel/p1',
    'gen_ai.usage.input_tokens': '7',
    'gen_ai.usage.output_tokens': '3',
    'gen_ai.usage.reasoning.output_tokens': '2',
    'gen_ai.request.stream': true,
    'gen_ai.response.time_to_first_chunk': 0.04,
  });
  expect(attributesOf(tool)).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'look',
    'gen_ai.tool.call.id': 'c1',
    'error.type': 'threw',
  });
  expect(tool?.status).toEqual({ code: 2, message: 'threw' });
  const startMs = Date.parse('2026-01-01T00:00:00.000Z');
  expect(chat?.startTimeUnixNano).toBe(`${startMs + 1}000000`);
  expect(chat?.endTimeUnixNano).toBe(`${startMs + 101}000000`);
});

it('names no two conversations alike, though both modes and other runs have prompts of the same names', async () => {
  const twice = new ToldRun({ modes: ['sequential', 'parallel'] }).mode(0, 1, 'sequential').start(0, 'p1').end(1, 'p1');
  twice.modeEnd(1).mode(1).start(1, 'p1').end(2, 'p1').modeEnd(2).runEnd(2);
  const agents = spansIn(await written(otlpReport, twice.events)).filter(({ name }) => name.startsWith('invoke_agent'));
  expect(agents.map(attributesOf).map((each) => each['gen_ai.conversation.id'])).toEqual([
    'run/sequential/p1',
    'run/parallel/p1',
  ]);
});

it('says in the words of the conventions how a conversation ended, and no text where there was none', async () => {
  const endings = ['done', 'truncated', 'refused', 'failed'] as const;
  const run = new ToldRun().mode(0);
  for (const status of endings) run.start(0, status).end(1, status, { status, answer: status === 'done' ? 'Yes' : '' });
  const spans = spansIn(await sent(await recorded(run.events), true)).slice(2);
  const said = spans.map((span) => JSON.parse(String(attributesOf(span)['gen_ai.output.messages']))[0]);
  expect(said.map(({ finish_reason, parts }) => [finish_reason, parts.length])).toEqual([
    ['stop', 1],
    ['length', 0],
    ['content_filter', 0],
    ['error', 0],
  ]);
});

it('says what was said only on request', async () => {
  const run = await recorded(told().events);
  expect(await sent(run, false)).not.toContain('SECRET');
  const spans = spansIn(await sent(run, true));
  const [, , agent, chat, tool] = spans.map(attributesOf);
  expect(JSON.parse(String(agent?.['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'SECRET question' }] },
  ]);
  expect(JSON.parse(String(agent?.['gen_ai.output.messages']))[0].parts).toEqual([
    { type: 'text', content: 'SECRET answer' },
  ]);
  expect(JSON.parse(String(chat?.['gen_ai.output.messages']))).toEqual([
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 'SECRET' } }],
      finish_reason: 'tool_call',
    },
  ]);
  expect(tool?.['gen_ai.tool.call.arguments']).toBe('{"at":"SECRET"}');
  expect(tool?.['gen_ai.tool.call.result']).toBe('{"error":"SECRET failure"}');
});

it('has the fields of the protocol, ids of their lengths, and no span without its parent, for any run', () =>
  fc.assert(
    fc.asyncProperty(anyToldRun(), async ({ events }) => {
      const text = await written(otlpReport, events);
      expect(strangersIn(JSON.parse(text), 'ExportTraceServiceRequest')).toEqual([]);
      const spans = spansIn(text);
      const ids = new Set(spans.map(({ spanId }) => spanId));
      expect(ids.size).toBe(spans.length);
      const wrong = spans.filter(
        ({ traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano }) =>
          !/^[0-9a-f]{32}$/.test(traceId) ||
          !/^[0-9a-f]{16}$/.test(spanId) ||
          (parentSpanId !== undefined && !ids.has(parentSpanId)) ||
          BigInt(endTimeUnixNano) < BigInt(startTimeUnixNano),
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: 50 },
  ));

it('is sent in requests of a size that collectors take, none of them lost', async () => {
  const run = new ToldRun().mode(0);
  for (let index = 0; index < 1200; index++) run.start(index, `p${index}`).end(index, `p${index}`, { index });
  const requests = await Array.fromAsync(otlpRequests(await recorded(run.events), {}));
  expect(requests.map(({ spans }) => spans)).toEqual([500, 500, 202]);
  expect(requests.flatMap(({ body }) => spansIn(body))).toEqual(spansIn(await written(otlpReport, run.events)));
});

async function sent(run: Awaited<ReturnType<typeof recorded>>, withContents: boolean): Promise<string> {
  const [request] = await Array.fromAsync(otlpRequests(run, { withContents }));
  return request?.body ?? '';
}

function spansIn(text: string): readonly OtlpSpan[] {
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans;
}

function attributesOf(span: OtlpSpan | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

it('gives the same run the same ids and another run others', async () => {
  const ids = async (events: readonly RunEvent[]) =>
    spansIn(await written(otlpReport, events)).map(({ spanId }) => spanId);
  expect(await ids(told().events)).toEqual(await ids(told().events));
  const [first, ...rest] = told().events;
  if (first?.kind !== 'run_start') throw new Error('a run begins with its start');
  expect(await ids([{ ...first, runId: 'other' }, ...rest])).not.toEqual(await ids(told().events));
});
