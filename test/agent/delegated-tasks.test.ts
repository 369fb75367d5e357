import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { NO_EARLIER_TASKS } from '../../src/agent/tasks/task-list.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';
import { brewing, clockwork, converse, outcomesIn } from './support/tasks.ts';

describe('Delegating a prompt', () => {
  const helper = defineAgent({ name: 'helper', instructions: 'Assist.', model: 'test/helper' });

  it('has another agent work on it in a conversation of its own, whose work counts for the one that delegated it', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { prompt: 'Count the cups', agent: 'helper' })),
      asks(call('w', 'wait_for_task', { task: 't1' })),
      says('three cups'),
    ]);
    const other = new ScriptedModel([asks(call('u', 'check_all_tasks')), says('three')], 'test/helper');
    const { ended, events } = converse({ models: [model, other], agent, agents: [helper], clock });
    expect(await ended).toMatchObject({
      status: 'done',
      answer: 'three cups',
      turns: 3,
      toolCalls: 3,
      usage: { inputTokens: 5, outputTokens: 5 },
    });
    expect(outcomesIn(model.requests[2])).toMatchObject({
      w: { task: 't1', what: 'helper', status: 'done', result: 'three' },
    });
    expect(other.requests[0]).toMatchObject({
      instructions: 'Assist.',
      messages: [{ role: 'user', text: 'Count the cups' }],
    });
    expect(events.filter(({ kind }) => kind.startsWith('conversation'))).toMatchObject([
      { conversation: 'p1' },
      { conversation: 'p1/t1', parent: 'p1', agent: 'helper', prompt: 'Count the cups' },
      { conversation: 'p1/t1', parent: 'p1', status: 'done', toolCalls: 1, usage: { inputTokens: 2 } },
      { conversation: 'p1', kind: 'conversation_end' },
    ]);
    expect(events.at(-1)).not.toHaveProperty('parent');
  });

  it('without an agent is for one like the asking, with the model that is named or else the prompt’s', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel(
      [
        asks(
          call('a', 'create_task', { prompt: 'One', model: 'test/other' }),
          call('b', 'create_task', { prompt: 'Two' }),
          call('w', 'wait_for_task', { tasks: ['t1', 't2'] }),
        ),
        says('two'),
        says('ok'),
      ],
      'test/main',
    );
    const other = new ScriptedModel([says('one')], 'test/other');
    const unused = new ScriptedModel([]);
    const { ended } = converse({ models: [unused, model, other], agent, clock, prompt: { model: 'test/main' } });
    expect(await ended).toMatchObject({ status: 'done', answer: 'ok' });
    expect(outcomesIn(model.requests.at(-1))).toMatchObject({ w: [{ result: 'one' }, { result: 'two' }] });
    expect(other.requests[0]?.instructions).toBe('Help.');
  });

  it('that does not come to an answer fails and says why and what it said last', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { prompt: 'Go', agent: 'helper' }), call('w', 'wait_for_task')),
      says('ok'),
    ]);
    const other = new ScriptedModel([() => [end({ stop: 'refused', text: 'Not that.' })]], 'test/helper');
    const { ended } = converse({ models: [model, other], agent, agents: [helper], clock });
    expect(await ended).toMatchObject({ status: 'done' });
    expect(outcomesIn(model.requests[1])).toMatchObject({
      w: [{ status: 'failed', error: 'helper did not finish: refused. The last it said: Not that.' }],
    });
  });

  it('may go two deep, and at the depth that is allowed no tasks are offered', async () => {
    const { agent, clock } = clockwork();
    const deeper = (request: { readonly messages: readonly unknown[] }) =>
      request.messages.length === 1
        ? asks(call('c', 'create_task', { prompt: 'Deeper' }), call('w', 'wait_for_task', { task: 't1' }))
        : says('back');
    const model = new ScriptedModel((request, signal) => deeper(request)(request, signal));
    const { ended, events } = converse({ models: [model], agent, clock });
    expect(await ended).toMatchObject({ status: 'done', answer: 'back' });
    const started = events.filter((event) => event.kind === 'conversation_start');
    expect(started.map(({ conversation }) => conversation)).toEqual(['p1', 'p1/t1', 'p1/t1/t1']);
    const offers = model.requests.map(({ tools }) => tools.some(({ name }) => name === 'create_task'));
    expect(offers).toEqual([true, true, false, false, true, true]);
    expect(outcomesIn(model.requests[3])).toMatchObject({ c: expect.stringContaining('as deep as they may go') });
  });

  it('that is cancelled ends with its own tasks', async () => {
    const { agent, clock, aborted } = clockwork();
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { prompt: 'Go', agent: 'helper' })),
      asks(call('n', 'nap')),
      asks(call('x', 'cancel_task', { task: 't1' })),
      says('ok'),
    ]);
    const busy = defineAgent({ ...helper, tools: agent.tools });
    const other = new ScriptedModel([asks(brewing('c'), call('w', 'wait_for_task'))], 'test/helper');
    const { ended, events } = converse({ models: [model, other], agent, agents: [busy], clock });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status: 'done', tookMs: 1_000 });
    expect(aborted).toHaveLength(1);
    expect(events.filter(({ kind }) => /^(task|conversation)_end$/.test(kind))).toMatchObject([
      { kind: 'task_end', conversation: 'p1/t1', task: 't1' },
      { kind: 'conversation_end', conversation: 'p1/t1', status: 'cancelled' },
      { kind: 'task_end', conversation: 'p1', task: 't1' },
      { kind: 'conversation_end', conversation: 'p1' },
    ]);
    expect([model.sessions, other.sessions]).toEqual([0, 0]);
  });
});

describe('A conversation that is gone on with', () => {
  it('delegates anew without handing on where it stood itself', async () => {
    const helper = defineAgent({ name: 'helper', instructions: '' });
    const agent = defineAgent({ name: 'main', instructions: '' });
    const model = new ScriptedModel([
      asks(call('d', 'create_task', { prompt: 'Sub-question', agent: 'helper' })),
      says('helped'),
      says('first'),
      says('all done'),
    ]);
    const restored = {
      history: [{ role: 'user' as const, text: 'Where we were' }],
      agent,
      modelId: model.id,
      answer: '',
      turns: 0,
      toolCalls: 0,
      handoffs: 0,
      tookMs: 0,
      usage: NO_USAGE,
      costUsd: undefined,
      tasks: NO_EARLIER_TASKS,
      uncertain: [],
    };
    const { ended } = converse({ models: [model], agent, agents: [helper], restored });
    await ended;
    const first = model.requests.map(({ messages }) => messages[0]);
    expect(first).toContainEqual({ role: 'user', text: 'Sub-question' });
  });
});
