import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunTasks } from '../../src/agent/tasks/run-tasks.ts';
import type { RunEventBody } from '../../src/contract/event.ts';
import { settle } from '../support/fake-clock.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';
import { brewing, clockwork, converse, newsIn, outcomesIn } from './support/tasks.ts';

type Messages = ScriptedModel['requests'][number]['messages'];

describe('A bound on tasks', () => {
  it('of a conversation holds for all that it creates, one after another too', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(
        brewing('a', { seconds: 0 }),
        brewing('b', { seconds: 0 }),
        call('w', 'wait_for_task', { tasks: ['t1', 't2'] }),
      ),
      asks(brewing('c')),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock, tasks: { maxPerConversation: 2 } });
    await clock.advance(0);
    await ended;
    expect(outcomesIn(model.requests[2])).toEqual({
      c: 'Cannot create a task: this conversation has had all 2 tasks that it may have. Do the work without one.',
    });
  });

  it('of a run holds for those that run at once, over all conversations', async () => {
    const { agent, clock } = clockwork();
    const run = new RunTasks(1);
    const models = [1, 2].map(
      () => new ScriptedModel([asks(brewing('a', { seconds: 2 })), asks(call('n', 'nap')), says('ok'), says('told')]),
    );
    const [first, second] = models.map((model) => converse({ models: [model], agent, clock, tasks: { run } }));
    await clock.advance(2_000);
    await Promise.all([first?.ended, second?.ended]);
    expect(outcomesIn(models[1]?.requests[1])).toMatchObject({
      a: expect.stringContaining('1 tasks run at the moment'),
    });
    const third = new ScriptedModel([asks(brewing('a', { seconds: 1 })), says('ok'), says('told')]);
    const { ended } = converse({ models: [third], agent, clock, tasks: { run } });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ answer: 'told' });
  });

  it('on tool calls counts those of tasks', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel((request, signal) =>
      asks(call(`c${request.messages.length}`, 'check_all_tasks'))(request, signal),
    );
    const { ended } = converse({ models: [model], agent, clock, bounds: { maxToolCalls: 3 } });
    expect(await ended).toMatchObject({ status: 'max_tool_calls', toolCalls: 3 });
  });
});

describe('A conversation that is answered while tasks run', () => {
  it('waits for all of them, tells the model, and lets it go on', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('a', { seconds: 3 }), brewing('b', { seconds: 7, says: 'coffee' })),
      says('soon'),
      says('tea and coffee'),
    ]);
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(6_999);
    expect(model.requests).toHaveLength(2);
    await clock.advance(1);
    expect(await ended).toMatchObject({ status: 'done', answer: 'tea and coffee', turns: 3, tookMs: 7_000 });
    expect(newsIn(model.requests[2])).toEqual([
      'Background task t1 (brew) finished: "tea"\nBackground task t2 (brew) finished: "coffee"',
    ]);
    expect(events.some(({ kind }) => kind === 'notice')).toBe(false);
  });

  it('cancels them where that is asked for, says which, and the answer stands', async () => {
    const { agent, clock, aborted } = clockwork();
    const model = new ScriptedModel([asks(brewing(), call('n', 'nap')), says('no time for tea')]);
    const { ended, events } = converse({ models: [model], agent, clock, tasks: { atEnd: 'cancel' } });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status: 'done', answer: 'no time for tea', tookMs: 1_000 });
    expect(aborted).toHaveLength(1);
    expect(events.slice(-2)).toMatchObject([
      {
        kind: 'notice',
        conversation: 'p1',
        message: 'answered without waiting for background tasks: t1 (brew, cancelled)',
      },
      { kind: 'conversation_end' },
    ]);
  });

  it('is not done when its turns are used up before it heard of them', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([asks(brewing(), call('n', 'nap')), says('soon')]);
    const { ended, events } = converse({ models: [model], agent, clock, bounds: { maxTurns: 2 } });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({
      status: 'max_turns',
      answer: 'soon',
      problem: 'stopped after 2 turns, without waiting for background tasks: t1 (brew, running)',
    });
    expect(events.filter(({ kind }) => kind === 'task_end')).toHaveLength(1);
  });

  it('is stopped while it waits, lets them finish and ends as cancelled', async () => {
    const { agent, clock } = clockwork();
    const stopping = new AbortController();
    const model = new ScriptedModel([asks(brewing()), says('soon')]);
    const { ended, events } = converse({ models: [model], agent, clock, stopping: stopping.signal });
    await settle();
    stopping.abort();
    await clock.advance(120_000);
    expect(await ended).toMatchObject({ status: 'cancelled', answer: 'soon' });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'task_end', outcome: expect.objectContaining({ kind: 'ok' }) }),
    );
  });

  it('has them one after the other where nothing may happen at once', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([asks(brewing('a'), brewing('b'), call('n', 'nap')), says('ok'), says('done')]);
    const { ended, events } = converse({ models: [model], agent, clock, inOrder: true });
    await clock.advance(600_000);
    expect(await ended).toMatchObject({ status: 'done' });
    let open = 0;
    for (const { kind } of events.filter(({ kind }) => /^(task|model)_/.test(kind))) {
      open += kind.endsWith('_start') ? 1 : -1;
      expect(open).toBeLessThanOrEqual(1);
    }
  });
});

describe('A conversation that ends otherwise', () => {
  it('starts no more tasks from the moment that it is stopped', async () => {
    const { agent, clock } = clockwork();
    const stopping = new AbortController();
    const model = new ScriptedModel([asks(brewing('a'), brewing('b'))]);
    const onEvent = ({ kind }: RunEventBody) => {
      if (kind === 'task_start') stopping.abort();
    };
    const { ended, events } = converse({ models: [model], agent, clock, stopping: stopping.signal, onEvent });
    await clock.advance(120_000);
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(events.filter(({ kind }) => kind === 'task_start')).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'tool_end', callId: 'b', outcome: expect.objectContaining({ code: 'not_run' }) }),
    );
  });

  it('aborts its tasks at once when it is aborted, though its model takes its time to end', async () => {
    const { agent, clock, aborted } = clockwork();
    const abort = new AbortController();
    const model = new ScriptedModel([
      asks(brewing()),
      async function* () {
        await clock.sleep(5_000);
        yield end();
      },
    ]);
    const { ended, events } = converse({ models: [model], agent, clock, signal: abort.signal });
    await clock.advance(1_000);
    abort.abort();
    await settle();
    expect(aborted).toHaveLength(1);
    expect(events.at(-1)?.kind).toBe('task_end');
    await clock.advance(4_000);
    expect(await ended).toMatchObject({ status: 'cancelled' });
  });

  it('aborts its tasks when it is aborted', async () => {
    const { agent, clock, aborted } = clockwork();
    const abort = new AbortController();
    const model = new ScriptedModel([asks(brewing(), call('n', 'nap', { seconds: 100 }))]);
    const { ended, events } = converse({ models: [model], agent, clock, signal: abort.signal });
    await settle();
    abort.abort();
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(aborted).toHaveLength(1);
    expect(events.at(-1)?.kind).toBe('conversation_end');
    expect(events.filter(({ kind }) => kind === 'task_end')).toHaveLength(1);
  });

  it.each([
    ['refuses', () => [end({ stop: 'refused', text: 'no' })], 'refused'],
    ['is cut off', () => [end({ stop: 'truncated' })], 'truncated'],
    [
      'fails',
      () => {
        throw new Error('gone');
      },
      'failed',
    ],
  ] as const)('aborts its tasks when the model %s', async (_what, say, status) => {
    const { agent, clock, aborted } = clockwork();
    const model = new ScriptedModel([asks(brewing(), call('n', 'nap')), say]);
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status });
    expect(aborted).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'task_end')).toHaveLength(1);
  });
});

describe('Whatever the model does with tasks, a conversation', () => {
  const task = fc.constantFrom('t1', 't2', 't3', 't9');
  const brew = fc.record({ seconds: fc.nat(20) }).map((args) => ({ tool: 'brew', arguments: args }));
  const delegation = fc.constantFrom({ prompt: 'Go' }, { prompt: 'Go', agent: 'main' }, { prompt: 'Go', agent: 'no' });
  const anyCall = fc.oneof(
    fc.tuple(fc.constant('create_task'), fc.oneof(brew, delegation, fc.constant({ tool: 'fails' }), fc.constant('[1'))),
    fc.tuple(fc.constantFrom('check_task', 'cancel_task'), fc.record({ task })),
    fc.tuple(
      fc.constant('wait_for_task'),
      fc.oneof(
        fc.record({ task, timeout_seconds: fc.nat(9) }),
        fc.record({ tasks: fc.array(task) }),
        fc.constant({ timeout_seconds: 2 }),
        fc.constant({}),
      ),
    ),
    fc.tuple(fc.constantFrom('check_all_tasks', 'nap', 'ghost', 'transfer_to_ghost'), fc.constant({})),
  );
  const script = fc.array(fc.array(anyCall, { maxLength: 4 }), { maxLength: 8 });
  const interruption = fc.constantFrom('none', 'none', 'abort', 'stop', 'timeout');

  it('ends each task once and before itself, gives every call one outcome in order, and leaves nothing running', async () => {
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.constantFrom('wait' as const, 'cancel' as const),
        interruption,
        fc.nat(15_000),
        async (responses, atEnd, how, atMs) => {
          const { agent, clock } = clockwork();
          const [abort, stop] = [new AbortController(), new AbortController()];
          let turn = 0;
          const model = new ScriptedModel((request, signal) => {
            const calls = responses[turn] ?? [];
            turn += 1;
            const named = calls.map(([name, args], index) => call(`c${turn}.${index}`, name, args));
            return (named.length > 0 ? asks(...named) : says('answer'))(request, signal);
          });
          const run = new RunTasks(4);
          const { ended, events } = converse({
            models: [model],
            agent,
            clock,
            tasks: { atEnd, run },
            signal: abort.signal,
            stopping: stop.signal,
            bounds: how === 'timeout' ? { timeoutMs: atMs } : {},
          });
          await clock.advance(atMs);
          if (how === 'abort') abort.abort();
          if (how === 'stop') stop.abort();
          await clock.advance(1_000_000);
          const { status } = await ended;
          expectEndsInside(events);
          for (const { messages } of model.requests) expectAnswered(messages);
          expect(clock.sleeping).toBe(0);
          expect(model.sessions).toBe(0);
          const places = [1, 2, 3, 4].map(() => run.take());
          expect(places.every((place) => place !== undefined)).toBe(true);
          const last = model.requests.findLast(({ messages }) => isPromptOf(messages, 'Hello'));
          const heard = endsHeardIn(last?.messages ?? []);
          if (status !== 'done' || atEnd !== 'wait') return;
          const own = events.filter((event) => event.kind === 'task_end' && event.conversation === 'p1');
          expect(heard.size).toBe(own.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Every start has one end of its kind, and a conversation's tasks end before it does. */
function expectEndsInside(events: readonly RunEventBody[]): void {
  const open = new Set<string>();
  for (const event of events) {
    const [subject, what] = event.kind.split('_');
    if (what !== 'start' && what !== 'end') continue;
    const conversation = 'conversation' in event ? (event.conversation ?? '') : '';
    const id = 'callId' in event ? event.callId : 'task' in event ? event.task : '';
    const key = `${conversation} ${subject} ${id}`;
    expect(open.has(key)).toBe(what === 'end');
    if (what === 'start') open.add(key);
    else open.delete(key);
    if (event.kind === 'conversation_end') {
      expect(
        [...open].filter((other) => other.startsWith(`${conversation} `) || other.startsWith(`${conversation}/`)),
      ).toEqual([]);
    }
  }
  expect([...open]).toEqual([]);
  expect(events.at(-1)?.kind).toBe('conversation_end');
}

function isPromptOf([first]: Messages, text: string): boolean {
  return first?.role === 'user' && first.text === text;
}

/** The tasks whose end the model has heard of; it is an error to be told of one that it has heard of already. */
function endsHeardIn(messages: Messages): ReadonlySet<string> {
  const heard = new Set<string>();
  for (const message of messages) {
    if (message.role === 'user') {
      for (const [, id = ''] of message.text.matchAll(/^Background task (\w+)/gm)) {
        expect(heard).not.toContain(id);
        heard.add(id);
      }
    }
    if (message.role !== 'tools') continue;
    for (const [, id = ''] of JSON.stringify(message).matchAll(/"task":"(\w+)","what":"\w+","status":"(?!running)/g)) {
      heard.add(id);
    }
  }
  return heard;
}

function expectAnswered(messages: Messages): void {
  for (const [position, message] of messages.entries()) {
    if (message.role !== 'assistant' || message.calls.length === 0) continue;
    const next = messages[position + 1];
    expect(next?.role === 'tools' ? next.outcomes.map(({ callId }) => callId) : undefined).toEqual(
      message.calls.map(({ callId }) => callId),
    );
  }
}
