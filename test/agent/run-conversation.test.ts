import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { ModelError } from '../../src/contract/model.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { converse } from '../support/conversation.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';

const OBJECT = { type: 'object', properties: {} } as const;
const echo = defineTool({ name: 'echo', description: 'Says it back.', parameters: OBJECT, run: (args) => args });
const agent = defineAgent({ name: 'main', instructions: 'Be brief.', tools: [echo] });

describe('A conversation', () => {
  it('answers a prompt that needs no tools in one turn', async () => {
    const model = new ScriptedModel([says('Hello to you')]);
    const { ended } = converse({ models: [model], agent, prompt: { text: 'Hi' } });
    expect(await ended).toMatchObject({ status: 'done', answer: 'Hello to you', turns: 1, toolCalls: 0 });
    expect(model.requests[0]).toMatchObject({ instructions: 'Be brief.', messages: [{ role: 'user', text: 'Hi' }] });
    expect(model.sessions).toBe(0);
  });

  it('gives the outcomes back in the order of the calls, whatever order they finished in', async () => {
    const first = Promise.withResolvers<string>();
    const slowFirst = defineTool({
      name: 'wait',
      description: '',
      parameters: OBJECT,
      run: ({ n }: { n: number }) => (n === 1 ? first.promise : n),
    });
    const model = new ScriptedModel([asks(call('a', 'wait', { n: 1 }), call('b', 'wait', { n: 2 })), says('ok')]);
    const { ended, events } = converse({
      models: [model],
      agent: defineAgent({ name: 'main', instructions: '', tools: [slowFirst] }),
    });
    await settle();
    expect(events.filter(({ kind }) => kind === 'tool_end')).toMatchObject([{ callId: 'b' }]);
    first.resolve('late');
    await ended;
    expect(model.requests[1]?.messages.at(-1)).toEqual({
      role: 'tools',
      outcomes: [
        { kind: 'ok', callId: 'a', output: 'late' },
        { kind: 'ok', callId: 'b', output: 2 },
      ],
    });
  });

  it('keeps what the model says beside its calls in the history, with its opaque items', async () => {
    const items = { modelId: 'test/scripted', items: [{ type: 'reasoning' }] };
    const model = new ScriptedModel([
      () => [{ kind: 'call', call: call('a', 'echo') }, end({ text: 'Let me see.', echo: items })],
      says('Done'),
    ]);
    await converse({ models: [model], agent }).ended;
    expect(model.requests[1]?.messages[1]).toEqual({
      role: 'assistant',
      text: 'Let me see.',
      calls: [call('a', 'echo')],
      echo: items,
    });
  });

  it('takes instructions and model of the prompt over those of the agent', async () => {
    const other = new ScriptedModel([says('ok')], 'test/other');
    const { ended } = converse({
      models: [new ScriptedModel([]), other],
      agent,
      prompt: { system: 'Rhyme.', model: 'test/other' },
    });
    expect(await ended).toMatchObject({ status: 'done', model: 'test/other' });
    expect(other.requests[0]?.instructions).toBe('Rhyme.');
  });

  it.each([
    ['truncated', 'truncated'],
    ['blocked', 'blocked'],
    ['refused', 'refused'],
  ] as const)('that is %s ends with that status and keeps the text', async (stop, status) => {
    const model = new ScriptedModel([() => [end({ stop, text: 'so far', detail: 'why' })]]);
    expect(await converse({ models: [model], agent }).ended).toMatchObject({
      status,
      answer: 'so far',
      problem: 'why',
    });
  });

  it('does not run the calls of a truncated response', async () => {
    const model = new ScriptedModel([() => [{ kind: 'call', call: call('a', 'echo') }, end({ stop: 'truncated' })]]);
    const { ended, events } = converse({ models: [model], agent });
    expect(await ended).toMatchObject({ status: 'truncated', toolCalls: 0 });
    expect(events.some(({ kind }) => kind === 'tool_start')).toBe(false);
  });

  it('is done with an empty answer, and says so', async () => {
    const model = new ScriptedModel([() => [end()]]);
    expect(await converse({ models: [model], agent }).ended).toMatchObject({
      status: 'done',
      answer: '',
      problem: 'the model gave an empty answer',
    });
  });

  it('fails with the message of the model, and as rate limited where it is that', async () => {
    const broken = (code: 'rejected' | 'rate_limited') =>
      new ScriptedModel([
        () => {
          throw new ModelError(code, 'no');
        },
      ]);
    expect(await converse({ models: [broken('rejected')], agent }).ended).toMatchObject({
      status: 'failed',
      problem: 'no',
    });
    expect(await converse({ models: [broken('rate_limited')], agent }).ended).toMatchObject({ status: 'rate_limited' });
  });

  it('fails when its model cannot be opened, and still has its start and its end', async () => {
    const { ended, events } = converse({ models: [], agent });
    expect(await ended).toMatchObject({ status: 'failed', turns: 0 });
    expect(events.map(({ kind }) => kind)).toEqual(['conversation_start', 'conversation_end']);
  });

  it('fails when a response ends without its last event', async () => {
    const model = new ScriptedModel([() => [{ kind: 'text', delta: 'half an ans' }]]);
    expect(await converse({ models: [model], agent }).ended).toMatchObject({ status: 'failed', answer: '' });
  });

  it('forgets what a failed attempt said, and tells of the retry', async () => {
    const model = new ScriptedModel([
      () => [
        { kind: 'call', call: call('a', 'echo') },
        { kind: 'retry', attempt: 1, waitMs: 250, error: new ModelError('server', 'busy') },
        { kind: 'text', delta: 'Hi' },
        end({ text: 'Hi' }),
      ],
    ]);
    const { ended, events } = converse({ models: [model], agent });
    expect(await ended).toMatchObject({ status: 'done', answer: 'Hi', toolCalls: 0 });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'model_retry', attempt: 1, waitMs: 250, code: 'server', message: 'busy' }),
    );
    expect(events).toContainEqual(expect.objectContaining({ kind: 'model_end', waitedMs: 250 }));
  });

  it('tells when an attempt begins to wait and when that is over, and how long all waits were', async () => {
    const clock = new FakeClock();
    const error = new ModelError('server', 'busy');
    const model = new ScriptedModel(async function* () {
      yield { kind: 'waiting', reason: 'rate' };
      await clock.sleep(30);
      yield { kind: 'waited', forMs: 29 };
      yield { kind: 'retry', attempt: 1, waitMs: 250, error };
      await clock.sleep(250);
      yield { kind: 'waiting', reason: 'outage' };
      await clock.sleep(40);
      yield { kind: 'waited', forMs: 40 };
      yield end({ text: 'Hi' });
    });
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(1000);
    await ended;
    expect(events.filter(({ kind }) => kind.startsWith('wait_'))).toMatchObject([
      { kind: 'wait_start', reason: 'rate' },
      { kind: 'wait_end', reason: 'rate', tookMs: 29 },
      { kind: 'wait_start', reason: 'outage' },
      { kind: 'wait_end', reason: 'outage', tookMs: 40 },
    ]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'model_end', waitedMs: 319, rateMs: 29 }));
  });

  it('adds up the tokens of its turns', async () => {
    const model = new ScriptedModel([asks(call('a', 'echo')), says('ok')]);
    expect(await converse({ models: [model], agent }).ended).toMatchObject({
      usage: { inputTokens: 2, outputTokens: 2 },
    });
  });

  it('measures its time, its model calls and its tool calls by the clock', async () => {
    const clock = new FakeClock();
    const sleeper = defineTool({ name: 'nap', description: '', parameters: OBJECT, run: () => clock.sleep(1000) });
    const model = new ScriptedModel(async function* (request) {
      await clock.sleep(30);
      yield { kind: 'text', delta: 'x' };
      await clock.sleep(20);
      if (request.messages.length === 1) yield { kind: 'call', call: call('a', 'nap') };
      yield end({ text: 'x' });
    });
    const { ended, events } = converse({
      models: [model],
      agent: defineAgent({ name: 'main', instructions: '', tools: [sleeper] }),
      clock,
    });
    await clock.advance(1100);
    expect((await ended).tookMs).toBe(1100);
    expect(events.find(({ kind }) => kind === 'model_end')).toMatchObject({ tookMs: 50, firstMs: 30 });
    expect(events.find(({ kind }) => kind === 'tool_end')).toMatchObject({ tookMs: 1000 });
  });
});

describe('A bound', () => {
  const endless = () =>
    new ScriptedModel((request) => asks(call(`c${request.messages.length}`, 'echo'))(request, NEVER));
  const NEVER = new AbortController().signal;

  it('on turns ends a conversation that never answers, with its work kept', async () => {
    const { ended } = converse({ models: [endless()], agent, bounds: { maxTurns: 3 } });
    expect(await ended).toMatchObject({ status: 'max_turns', turns: 3, toolCalls: 2 });
  });

  it('on tokens ends one that would go on, once it has had so many', async () => {
    const { ended } = converse({ models: [endless()], agent, bounds: { maxTokens: 4 } });
    expect(await ended).toMatchObject({ status: 'max_tokens', turns: 2, problem: expect.stringContaining('4 tokens') });
    const answer = new ScriptedModel([says('enough')]);
    expect(await converse({ models: [answer], agent, bounds: { maxTokens: 1 } }).ended).toMatchObject({
      status: 'done',
    });
  });

  it('on tool calls ends it before it does more', async () => {
    const { ended, events } = converse({ models: [endless()], agent, bounds: { maxToolCalls: 2 } });
    expect(await ended).toMatchObject({ status: 'max_tool_calls', toolCalls: 2 });
    expect(events.filter(({ kind }) => kind === 'tool_start')).toHaveLength(2);
  });

  it('on time ends it in the middle of a tool, whose outcome is told', async () => {
    const clock = new FakeClock();
    const stuck = defineTool({
      name: 'stuck',
      description: '',
      parameters: OBJECT,
      run: () => new Promise(() => {}),
    });
    const { ended, events } = converse({
      models: [new ScriptedModel([asks(call('a', 'stuck'))])],
      agent: defineAgent({ name: 'main', instructions: '', tools: [stuck] }),
      clock,
      bounds: { timeoutMs: 60_000 },
    });
    await clock.advance(60_000);
    expect(await ended).toMatchObject({ status: 'timeout', tookMs: 60_000 });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'tool_end', outcome: expect.objectContaining({ code: 'cancelled' }) }),
    );
  });
});

describe('A stop', () => {
  it('lets the running tool finish and asks the model no more', async () => {
    const stopping = new AbortController();
    const tool = Promise.withResolvers<string>();
    const slow = defineTool({ name: 'slow', description: '', parameters: OBJECT, run: () => tool.promise });
    const model = new ScriptedModel([asks(call('a', 'slow')), says('never')]);
    const { ended, events } = converse({
      models: [model],
      agent: defineAgent({ name: 'main', instructions: '', tools: [slow] }),
      stopping: stopping.signal,
    });
    await settle();
    stopping.abort();
    tool.resolve('finished');
    expect(await ended).toMatchObject({ status: 'cancelled', toolCalls: 1 });
    expect(model.requests).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'tool_end', outcome: { kind: 'ok', callId: 'a', output: 'finished' } }),
    );
  });

  it('that aborts ends a model that never answers', async () => {
    const abort = new AbortController();
    const model = new ScriptedModel(async function* (_request, signal) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield end();
    });
    const { ended, events } = converse({ models: [model], agent, signal: abort.signal });
    await settle();
    abort.abort();
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'model_end', result: { ok: false, code: 'aborted', message: 'stopped' } }),
    );
  });
});

describe('Whatever the model does, a conversation', () => {
  const anyCall = fc.record({
    name: fc.constantFrom('echo', 'fails', 'reads', 'nobody', 'transfer_to_other', 'transfer_to_ghost'),
    args: fc.constantFrom('', '{}', '{"a":1}', '{bad', '[]', 'null'),
  });
  const turns = fc.array(fc.array(anyCall, { maxLength: 5 }), { maxLength: 5 });

  it('gives every start one end, and every call one outcome in call order', async () => {
    await fc.assert(
      fc.asyncProperty(turns, fc.boolean(), async (script, eager) => {
        const fails = defineTool({
          name: 'fails',
          description: '',
          parameters: OBJECT,
          run: () => {
            throw new Error('no');
          },
        });
        const reads = defineTool({
          name: 'reads',
          description: '',
          parameters: OBJECT,
          policy: { effect: 'read' },
          run: async () => 1,
        });
        const tools = [echo, fails, reads];
        const other = defineAgent({ name: 'other', instructions: '', tools });
        const main = defineAgent({ name: 'main', instructions: '', tools, handoffs: [other] });
        const responses = script.map((calls, turn) =>
          asks(...calls.map(({ name, args }, index) => call(`t${turn}c${index}`, name, args))),
        );
        const model = new ScriptedModel([...responses, says('end')]);
        const { ended, events } = converse({ models: [model], agent: main, eager });
        await ended;
        expectBalanced(events);
        for (const { messages } of model.requests) expectPaired(messages);
      }),
      { numRuns: 200 },
    );
  });
});

function expectBalanced(events: ReturnType<typeof converse>['events']): void {
  const open = new Map<string, number>();
  for (const event of events) {
    const [subject, what] = event.kind.split('_');
    if (what !== 'start' && what !== 'end') continue;
    const key = `${subject} ${'callId' in event ? event.callId : ''}`;
    const count = (open.get(key) ?? 0) + (what === 'start' ? 1 : -1);
    expect(count).toBe(what === 'start' ? 1 : 0);
    open.set(key, count);
  }
  expect([...open.values()].every((count) => count === 0)).toBe(true);
}

function expectPaired(messages: ScriptedModel['requests'][number]['messages']): void {
  for (const [position, message] of messages.entries()) {
    if (message.role !== 'assistant' || message.calls.length === 0) continue;
    const next = messages[position + 1];
    expect(next?.role === 'tools' ? next.outcomes.map(({ callId }) => callId) : undefined).toEqual(
      message.calls.map(({ callId }) => callId),
    );
  }
}
