import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/async/system-clock.ts';
import type { Clock } from '../../src/contract/clock.ts';
import type { JsonValue } from '../../src/contract/json.ts';
import type { Message, ToolCall, ToolOutcome } from '../../src/contract/message.ts';
import type { Model, ModelEvent, ModelSession } from '../../src/contract/model.ts';
import type { ProviderOptions } from '../../src/providers/provider-options.ts';
import { DEFAULT_PROVIDER_LIMITS } from '../../src/providers/provider-options.ts';
import { resolveModel } from '../../src/providers/resolve-model.ts';
import type { SimFault } from '../../src/sim/fault.ts';
import { DEFAULT_SIM_SETTINGS } from '../../src/sim/settings.ts';
import { startSim } from '../../src/sim/start-sim.ts';
import { mathTools } from '../../src/tools/built-in/math.ts';
import { weatherTool } from '../../src/tools/built-in/weather.ts';

const TOOLS = [...mathTools, weatherTool].map(({ spec }) => spec);
const WEATHER = 'What is the weather in Oslo, Lima and Cairo?';
const { signal } = new AbortController();

/** The machine's own time, in which waits between attempts take none. */
function skippingClock(): Clock {
  let skippedMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + skippedMs,
    sleep: async (ms) => {
      skippedMs += ms;
    },
  };
}

/** The offline model with `faults` for its first requests, and the model `id` on it. */
async function offline(
  id: string,
  faults: readonly (SimFault | undefined)[] = [],
  overrides: Partial<ProviderOptions> = {},
) {
  const bodies: JsonValue[] = [];
  const sim = await startSim({
    settings: { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0, stallMs: 60_000 },
    faultFor: (number) => faults[number - 1],
    onRequest: ({ body }) => bodies.push(body),
  });
  const options = { env: {}, simOrigin: async () => sim.origin, clock: skippingClock(), random: () => 0 };
  const modelOf = (name: string): Model => {
    const resolved = resolveModel(name, { ...DEFAULT_PROVIDER_LIMITS, maxAttempts: 1, ...options, ...overrides });
    if (!resolved.ok) throw new Error(resolved.problem);
    return resolved.model;
  };
  const session = await modelOf(id).open(signal);
  return { session, modelOf, bodies, [Symbol.asyncDispose]: () => sim.stop() };
}

interface Turn {
  readonly events: readonly ModelEvent[];
  readonly calls: readonly ToolCall[];
  readonly end: ModelEvent & { readonly kind: 'end' };
}

/** One response: what counts of it after its last retry. */
async function turn(session: ModelSession, messages: readonly Message[]): Promise<Turn> {
  const events = await Array.fromAsync(
    session.respond({ instructions: 'Use the tools.', messages, tools: TOOLS }, signal),
  );
  const counted = events.slice(events.findLastIndex(({ kind }) => kind === 'retry') + 1);
  const end = events.at(-1);
  if (end?.kind !== 'end') throw new Error('There is no end.');
  return { events, calls: counted.flatMap((event) => (event.kind === 'call' ? [event.call] : [])), end };
}

const said = (text: string): Message => ({ role: 'user', text });
const problemOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'no problem',
    (error: unknown) => error,
  );

/** What the agent would add to the history after a turn. */
async function answered({ calls, end }: Turn): Promise<readonly Message[]> {
  const outcomes = await Promise.all(calls.map(outcomeOf));
  return [
    { role: 'assistant', text: end.text, calls, ...(end.echo && { echo: end.echo }) },
    { role: 'tools', outcomes },
  ];
}

async function outcomeOf({ callId, name, argumentsText }: ToolCall): Promise<ToolOutcome> {
  if (name === 'get_weather') return { kind: 'ok', callId, output: `cloudy for ${argumentsText}` };
  const tool = mathTools.find(({ spec }) => spec.name === name);
  if (!tool) return { kind: 'failed', callId, code: 'unknown_tool', message: `There is no tool ${name}.` };
  const context = { signal, callKey: callId, conversation: 'p1', agent: 'a' };
  return { kind: 'ok', callId, output: (await tool.run(JSON.parse(argumentsText), context)) as JsonValue };
}

/** Runs a conversation to its end. */
async function converse(session: ModelSession, text: string) {
  const messages: Message[] = [said(text)];
  const turns: Turn[] = [];
  for (;;) {
    const next = await turn(session, messages);
    turns.push(next);
    if (next.calls.length === 0 || turns.length > 10) return { messages, turns, answer: next.end.text };
    messages.push(...(await answered(next)));
  }
}

describe.each(['sim/offline', 'sim/openai-chat', 'sim/gemini'])('%s', (id) => {
  test('works through an expression level by level, with independent calls in one turn', async () => {
    await using subject = await offline(id);
    const { turns, answer } = await converse(subject.session, 'What is (2 + 3) * (4 * 4)?');
    expect(turns.map(({ calls }) => calls.length)).toEqual([2, 1, 0]);
    expect(answer).toContain('80');
  });

  test('asks for every place in one turn, and each call has an id that no other has', async () => {
    await using subject = await offline(id);
    const { turns, answer } = await converse(subject.session, WEATHER);
    const calls = turns[0]?.calls ?? [];
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_weather', 'get_weather']);
    expect(calls.map(({ argumentsText }) => Object.values(JSON.parse(argumentsText))[0])).toEqual([
      'Oslo',
      'Lima',
      'Cairo',
    ]);
    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(3);
    for (const place of ['Oslo', 'Lima', 'Cairo']) expect(answer).toContain(place);
  });

  test('streams its answer, and the pieces make up the text at the end', async () => {
    await using subject = await offline(id);
    const { events, end } = await turn(subject.session, [said('Good morning!')]);
    const pieces = events.flatMap((event) => (event.kind === 'text' ? [event.delta] : []));
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.join('')).toBe(end.text);
    expect(end.stop).toBe('done');
    expect(end.usage.inputTokens).toBeGreaterThan(0);
    expect(end.usage.outputTokens).toBeGreaterThan(0);
  });

  test('takes a failed outcome and an outcome that is missing as well as good ones', async () => {
    await using subject = await offline(id);
    const first = await turn(subject.session, [said(WEATHER)]);
    const [asked, outcomes] = await answered(first);
    if (asked?.role !== 'assistant' || outcomes?.role !== 'tools') throw new Error('unexpected history');
    const [one] = outcomes.outcomes;
    const failed: ToolOutcome = {
      kind: 'failed',
      callId: first.calls[1]?.callId ?? '',
      code: 'threw',
      message: 'No sky.',
    };
    const { end } = await turn(subject.session, [
      said(WEATHER),
      asked,
      { role: 'tools', outcomes: one ? [failed, one] : [] },
    ]);
    expect(end.stop).toBe('done');
    expect(JSON.stringify(subject.bodies[1])).toContain('No sky.');
  });

  test('goes on with a conversation that another vendor began', async () => {
    await using subject = await offline(id);
    for (const other of ['sim/offline', 'sim/openai-chat', 'sim/gemini'].filter((name) => name !== id)) {
      const begun = await subject.modelOf(other).open(signal);
      const first = await turn(begun, [said(WEATHER)]);
      const { calls, end } = await turn(subject.session, [said(WEATHER), ...(await answered(first))]);
      expect(calls).toEqual([]);
      expect(end.text).toContain('Oslo');
    }
  });

  test.each<readonly [string, SimFault, object]>([
    [
      '429',
      { kind: '429', retryAfterSeconds: 7, retryHeader: 'both' },
      { code: 'rate_limited', status: 429, retryAfterMs: 7000 },
    ],
    ['quota', { kind: 'quota' }, { code: 'quota', status: 429 }],
    ['500', { kind: '500' }, { code: 'server', status: 500 }],
    ['503', { kind: '503' }, { code: 'server', status: 503 }],
    ['reset', { kind: 'reset' }, { code: 'connection' }],
    ['reset mid-stream', { kind: 'reset', when: 'mid-stream' }, { code: 'connection' }],
    ['cut', { kind: 'cut' }, { code: 'incomplete_stream' }],
    ['stall', { kind: 'stall' }, { code: 'idle' }],
    ['half-event', { kind: 'half-event' }, { code: 'incomplete_stream' }],
    ['error-event', { kind: 'error-event' }, { code: 'server' }],
    ['error-event without its line', { kind: 'error-event', eventLine: false }, { code: 'server' }],
    ['failed', { kind: 'failed' }, { code: 'server' }],
  ])('the fault %s is an error of its own kind', async (_name, fault, expected) => {
    await using subject = await offline(id, [fault], { idleTimeoutMs: 200 });
    expect(await problemOf(turn(subject.session, [said(WEATHER)]))).toMatchObject(expected);
  });

  test.each<SimFault['kind']>(['500', '503', 'cut', 'half-event', 'error-event', 'failed'])(
    'after the fault %s the next attempt succeeds, and what the failed one said is void',
    async (kind) => {
      await using subject = await offline(id, [{ kind } as SimFault], { maxAttempts: 2 });
      const { events, calls } = await turn(subject.session, [said(WEATHER)]);
      expect(events.filter((event) => event.kind === 'retry')).toMatchObject([{ attempt: 1 }]);
      expect(calls).toHaveLength(3);
    },
  );

  test.each(['seconds', 'milliseconds', 'both'] as const)('obeys a retry-after given as %s', async (retryHeader) => {
    const fault: SimFault = { kind: '429', retryAfterSeconds: 90, retryHeader };
    await using subject = await offline(id, [fault], { maxAttempts: 2 });
    const { events } = await turn(subject.session, [said('Hello')]);
    const [retry] = events.filter((event) => event.kind === 'retry');
    expect(retry?.waitMs).toBe(90_000);
  });

  test.each(['missing-ids', 'duplicate-ids', 'index-zero'] as const)(
    'comes through the fault %s with whole calls and ids of their own',
    async (kind) => {
      await using subject = await offline(id, Array(10).fill({ kind }));
      const { turns, answer } = await converse(subject.session, 'What is (2 + 3) * (4 * 4)?');
      expect(turns.map(({ calls }) => calls.length)).toEqual([2, 1, 0]);
      const ids = turns.flatMap(({ calls }) => calls.map(({ callId }) => callId));
      expect(new Set(ids).size).toBe(ids.length);
      expect(answer).toContain('80');
    },
  );

  test('a truncated, a blocked and a refused answer are endings of their own', async () => {
    await using subject = await offline(id, [{ kind: 'truncated' }, { kind: 'blocked' }, { kind: 'refused' }]);
    const endings = [];
    for (let asked = 0; asked < 3; asked++) endings.push((await turn(subject.session, [said('Hello')])).end.stop);
    expect(endings).toEqual(['truncated', 'blocked', id === 'sim/gemini' ? 'blocked' : 'refused']);
  });

  test('a response ends where the most tokens that it may have are used up, and takes no more', async () => {
    await using subject = await offline(id);
    const request = { instructions: '', messages: [said('Hello')], tools: [], maxOutputTokens: 20 };
    const end = (await Array.fromAsync(subject.session.respond(request, signal))).at(-1);
    expect(end).toMatchObject({ kind: 'end', stop: 'truncated' });
    expect(end).toHaveProperty('usage.outputTokens', 20);
  });

  test('a blocked prompt is blocked', async () => {
    await using subject = await offline(id, [{ kind: 'blocked', what: 'prompt' }]);
    expect((await turn(subject.session, [said('Hello')])).end.stop).toBe('blocked');
  });

  test('a truncated turn of calls never delivers one that was cut', async () => {
    await using subject = await offline(id, [{ kind: 'truncated' }]);
    const { calls, end } = await turn(subject.session, [said(WEATHER)]);
    expect(end.stop).toBe('truncated');
    for (const { argumentsText } of calls) expect(() => JSON.parse(argumentsText)).not.toThrow();
  });

  test('malformed arguments reach whoever runs the tools as they are, or are a malformed response', async () => {
    await using subject = await offline(id, [{ kind: 'malformed' }]);
    const result = await turn(subject.session, [said(WEATHER)]).catch((error: unknown) => error);
    if (id === 'sim/gemini') expect(result).toMatchObject({ code: 'malformed' });
    else expect((result as Turn).calls.some(({ argumentsText }) => !isJson(argumentsText))).toBe(true);
  });

  test('a history with malformed arguments in it can be sent back', async () => {
    if (id === 'sim/gemini') return;
    await using subject = await offline(id, [{ kind: 'malformed' }]);
    const first = await turn(subject.session, [said(WEATHER)]);
    const outcomes = first.calls.map(
      ({ callId }): ToolOutcome => ({ kind: 'failed', callId, code: 'invalid_arguments', message: 'Not JSON.' }),
    );
    const [asked] = await answered({ ...first, calls: [] });
    if (asked?.role !== 'assistant') throw new Error('unexpected history');
    const history: Message[] = [said(WEATHER), { ...asked, calls: first.calls }, { role: 'tools', outcomes }];
    expect((await turn(subject.session, history)).end.stop).toBe('done');
  });

  test('an abort is an abort, and leaves no listener behind', async () => {
    await using subject = await offline(id, [{ kind: 'stall' }]);
    const controller = new AbortController();
    const events = subject.session.respond(
      { instructions: '', messages: [said(WEATHER)], tools: TOOLS },
      controller.signal,
    );
    setTimeout(() => controller.abort(), 50);
    expect(await problemOf(Array.fromAsync(events))).toMatchObject({ code: 'aborted' });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
