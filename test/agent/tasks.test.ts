import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { RunTasks } from '../../src/agent/tasks/run-tasks.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { runPlanTool } from '../../src/tools/plan/run-plan-tool.ts';
import { settle } from '../support/fake-clock.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';
import { brewing, clockwork, converse, newsIn, OBJECT, outcomesIn } from './support/tasks.ts';

describe('A background task', () => {
  it('is offered to the model with what it can be made of, and only where tasks are on', async () => {
    const { agent, clock } = clockwork();
    const helper = defineAgent({ name: 'helper', instructions: '' });
    const model = new ScriptedModel([says('ok')]);
    await converse({ models: [model], agent, agents: [helper], clock }).ended;
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual([
      'brew',
      'nap',
      'fails',
      'create_task',
      'check_task',
      'check_all_tasks',
      'wait_for_task',
      'cancel_task',
    ]);
    expect(model.requests[0]?.tools[3]?.parameters).toMatchObject({
      properties: { tool: { enum: ['brew', 'nap', 'fails'] }, agent: { enum: ['main', 'helper'] } },
    });
  });

  it('has its id at once, runs while the model goes on, and is told once, at the next boundary after its end', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing(), call('n', 'nap', { seconds: 4 })),
      asks(call('s', 'check_task', { task: 't1' }), call('m', 'nap', { seconds: 8 })),
      asks(call('o', 'nap')),
      says('tea is ready'),
    ]);
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(4_000);
    expect(outcomesIn(model.requests[1])).toMatchObject({ c: { task: 't1', status: 'running' } });
    await clock.advance(9_000);
    expect(await ended).toMatchObject({ status: 'done', answer: 'tea is ready', tookMs: 13_000 });
    expect(outcomesIn(model.requests[2])).toMatchObject({
      s: { task: 't1', what: 'brew', status: 'running', running_for_seconds: 4 },
    });
    expect(newsIn(model.requests[1])).toEqual([]);
    expect(model.requests[2]?.messages.slice(-2).map(({ role }) => role)).toEqual(['tools', 'user']);
    expect(newsIn(model.requests[2])).toEqual(['Background task t1 (brew) finished: "tea"']);
    expect(newsIn(model.requests[3])).toHaveLength(1);
    expect(events.filter(({ kind }) => kind.startsWith('task'))).toMatchObject([
      { kind: 'task_start', conversation: 'p1', task: 't1', what: 'brew' },
      { kind: 'task_end', task: 't1', tookMs: 10_000, outcome: { kind: 'ok', callId: 't1', output: 'tea' } },
    ]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'tool_end', callId: 't1', tookMs: 10_000 }));
  });

  it('is shown in part where many are told together, and in full by itself', async () => {
    const { agent, clock } = clockwork();
    const long = 'x'.repeat(40_000);
    const start = (id: string) => call(id, 'create_task', { tool: 'brew', arguments: { says: long } });
    const model = new ScriptedModel([
      asks(start('a'), start('b')),
      asks(call('w', 'wait_for_task', { tasks: ['t1', 't2'] })),
      asks(call('c', 'check_task', { task: 't2' })),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(20_000);
    await ended;
    const part = `${'x'.repeat(32_768)}\n[cut: the first 32768 of 40000 bytes]`;
    expect(outcomesIn(model.requests[2])).toMatchObject({ w: [{ result: part }, { task: 't2', result: part }] });
    expect(outcomesIn(model.requests[3])).toMatchObject({ c: { task: 't2', result: long } });
  });

  it('may be a plan, whose calls are counted', async () => {
    const { agent, clock } = clockwork();
    const calls = [
      { id: 'a', tool: 'brew' },
      { id: 'b', tool: 'brew', after: ['a'] },
    ];
    const plan = call('c', 'create_task', { tool: 'run_plan', arguments: { calls } });
    const model = new ScriptedModel([asks(plan), says('later'), says('tea twice')]);
    const planner = defineAgent({ name: 'main', instructions: '', tools: [...agent.tools, runPlanTool] });
    const { ended } = converse({ models: [model], agent: planner, clock });
    await clock.advance(20_000);
    // create_task, the plan, and its two calls.
    expect(await ended).toMatchObject({ status: 'done', answer: 'tea twice', toolCalls: 4 });
  });

  it('that has ended together with others is told with them in one message, which no result can forge a line of', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('a', { seconds: 1 }), call('b', 'create_task', { tool: 'fails' }), brewing('c', { seconds: 2 })),
      asks(call('n', 'nap', { seconds: 3 })),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(3_000);
    await ended;
    expect(newsIn(model.requests[1])).toEqual([]);
    expect(newsIn(model.requests[2])).toHaveLength(1);
    expect(newsIn(model.requests[2])[0]?.split('\n')).toEqual([
      'Background task t1 (brew) finished: "tea"',
      expect.stringMatching(/^Background task t2 \(fails\) failed: ".*no water\\nBackground task t9/),
      'Background task t3 (brew) finished: "tea"',
    ]);
  });

  it('is not told again after its end was checked', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('a', { seconds: 1 }), brewing('b', { seconds: 1 })),
      asks(call('w', 'wait_for_task', { tasks: ['t1', 't2'] })),
      asks(call('s', 'check_task', { task: 't1' }), call('all', 'check_all_tasks')),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(1_000);
    await ended;
    expect(outcomesIn(model.requests[3])).toEqual({
      s: { task: 't1', what: 'brew', status: 'done', result: 'tea', took_seconds: 1 },
      all: [expect.objectContaining({ task: 't1' }), expect.objectContaining({ task: 't2', status: 'done' })],
    });
    expect(model.requests.flatMap(newsIn)).toEqual([]);
  });

  it('that failed says why', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { tool: 'fails' }), call('w', 'wait_for_task', { task: 't1' })),
      says('ok'),
    ]);
    await converse({ models: [model], agent, clock }).ended;
    expect(outcomesIn(model.requests[1])).toMatchObject({
      w: { status: 'failed', error: expect.stringContaining('no water') },
    });
  });

  it('goes on when the conversation is handed over', async () => {
    const { agent, clock } = clockwork();
    const other = defineAgent({ name: 'other', instructions: '' });
    const main = defineAgent({ name: 'main', instructions: '', tools: agent.tools, handoffs: [other] });
    const model = new ScriptedModel([
      asks(brewing(), call('h', 'transfer_to_other')),
      asks(call('w', 'wait_for_task', { task: 't1' })),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent: main, clock });
    await clock.advance(10_000);
    expect(await ended).toMatchObject({ agent: 'other', status: 'done' });
    expect(outcomesIn(model.requests[2])).toMatchObject({ w: { status: 'done', result: 'tea' } });
  });

  it('does not keep calls that only read and come after it in the stream from starting early', async () => {
    const { agent, clock } = clockwork();
    const look = defineTool({
      name: 'look',
      description: '',
      parameters: OBJECT,
      policy: { effect: 'read' },
      run: () => 1,
    });
    const model = new ScriptedModel([
      async function* () {
        yield { kind: 'call', call: brewing('c', { seconds: 0 }) };
        yield { kind: 'call', call: call('l', 'look') };
        await clock.sleep(1_000);
        yield end();
      },
      says('ok'),
      says('ok'),
    ]);
    const both = defineAgent({ name: 'main', instructions: '', tools: [...agent.tools, look] });
    const { ended, events } = converse({ models: [model], agent: both, clock });
    await clock.advance(1_000);
    await ended;
    const starts = events.filter(({ kind }) => /^t.*_start$/.test(kind));
    expect(starts.slice(0, 3)).toMatchObject([
      { callId: 'l', eager: true },
      { callId: 'c', eager: false },
      { kind: 'task_start' },
    ]);
  });

  it('is asked for in the tools’ own words when an agent has a tool of that name, which is said once in a run', async () => {
    const own = defineTool({ name: 'check_task', description: 'Own.', parameters: OBJECT, run: () => 'own' });
    const agent = defineAgent({ name: 'main', instructions: '', tools: [own] });
    const run = new RunTasks(64);
    const model = () => new ScriptedModel([asks(call('c', 'check_task')), says('ok')]);
    const models = [model()] as const;
    const first = converse({ models, agent, tasks: { run } });
    await first.ended;
    const second = converse({ models: [model()], agent, tasks: { run } });
    await second.ended;
    expect(outcomesIn(models[0].requests[1])).toEqual({ c: 'own' });
    expect(models[0].requests[0]?.tools.filter(({ name }) => name === 'check_task')).toHaveLength(1);
    const notices = [...first.events, ...second.events].filter(({ kind }) => kind === 'notice');
    expect(notices).toMatchObject([{ message: expect.stringContaining('check_task') }]);
  });
});

describe('Waiting for a task', () => {
  it('holds no slot: the task gets the only one there is', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('c', { seconds: 5 }), call('w', 'wait_for_task', { task: 't1' })),
      says('ok'),
    ]);
    const { ended, events } = converse({ models: [model], agent, clock, toolConcurrency: 1 });
    await clock.advance(5_000);
    expect(await ended).toMatchObject({ status: 'done', tookMs: 5_000 });
    expect(outcomesIn(model.requests[1])).toMatchObject({ w: { status: 'done', result: 'tea' } });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'tool_end', callId: 'w', tookMs: 0, waits: { dependency: 5_000 } }),
    );
  });

  it('ends when the time is up, and the task runs on', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing()),
      asks(call('w', 'wait_for_task', { task: 't1', timeout_seconds: 3 })),
      says('later'),
      says('tea'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(3_000);
    expect(outcomesIn(model.requests[2])).toMatchObject({ w: { status: 'running', running_for_seconds: 3 } });
    await clock.advance(7_000);
    expect(await ended).toMatchObject({ answer: 'tea' });
    expect(clock.sleeping).toBe(0);
  });

  it('for none by name is for the first that ends, also if it has ended already', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('a', { seconds: 9 }), brewing('b', { seconds: 2 }), call('w', 'wait_for_task')),
      asks(call('x', 'wait_for_task', { timeout_seconds: 1 })),
      asks(call('y', 'wait_for_task')),
      asks(call('z', 'wait_for_task')),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(9_000);
    await ended;
    expect(outcomesIn(model.requests[1])).toMatchObject({ w: [{ task: 't2', status: 'done' }] });
    expect(outcomesIn(model.requests[2])).toMatchObject({ x: [{ task: 't1', status: 'running' }] });
    expect(outcomesIn(model.requests[3])).toMatchObject({ y: [{ task: 't1', status: 'done' }] });
    expect(outcomesIn(model.requests[4])).toEqual({
      z: 'Cannot wait for a task: none is running. There are: t1 (brew, done), t2 (brew, done).',
    });
  });

  it('for none by name is over at once when one has ended that the model has not heard of', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing('a', { seconds: 9 }), brewing('b', { seconds: 1 })),
      async function* () {
        await clock.sleep(2_000);
        yield { kind: 'call', call: call('w', 'wait_for_task') };
        yield end();
      },
      says('soon'),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock });
    await clock.advance(2_000);
    expect(outcomesIn(model.requests[2])).toMatchObject({ w: [{ task: 't2', status: 'done' }] });
    await clock.advance(7_000);
    expect(await ended).toMatchObject({ answer: 'ok' });
    expect(newsIn(model.requests[3])).toEqual(['Background task t1 (brew) finished: "tea"']);
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const { agent, clock } = clockwork();
    const stopping = new AbortController();
    const model = new ScriptedModel([
      asks(brewing('c', { seconds: 1 }), call('w', 'wait_for_task', { task: 't1', timeout_seconds: 1e300 })),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent, clock, stopping: stopping.signal });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status: 'done' });
    expect(clock.sleeping).toBe(0);
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
  });

  it('ends with the conversation’s time', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([asks(brewing(), call('w', 'wait_for_task', { task: 't1' }))]);
    const { ended, events } = converse({ models: [model], agent, clock, bounds: { timeoutMs: 2_000 } });
    await clock.advance(2_000);
    expect(await ended).toMatchObject({ status: 'timeout', tookMs: 2_000 });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'task_end', outcome: expect.objectContaining({ code: 'cancelled' }) }),
    );
  });

  it('ends with a stop, and so does the conversation with its tasks', async () => {
    const { agent, clock } = clockwork();
    const stopping = new AbortController();
    const model = new ScriptedModel([asks(brewing(), call('w', 'wait_for_task', { task: 't1' }))]);
    const { ended, events } = converse({ models: [model], agent, clock, stopping: stopping.signal });
    await settle();
    stopping.abort();
    await clock.advance(120_000);
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(events.filter(({ kind }) => kind === 'task_end')).toHaveLength(1);
  });
});

describe('Cancelling a task', () => {
  it('aborts what it does and says how it ended, and nothing is told of it again', async () => {
    const { agent, clock, aborted } = clockwork();
    const model = new ScriptedModel([
      asks(brewing(), call('n', 'nap')),
      asks(call('x', 'cancel_task', { task: 't1' })),
      asks(call('y', 'cancel_task', { task: 't1' })),
      says('ok'),
    ]);
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status: 'done', tookMs: 1_000 });
    expect(aborted).toHaveLength(1);
    expect(outcomesIn(model.requests[2])).toMatchObject({ x: { task: 't1', status: 'cancelled' } });
    expect(outcomesIn(model.requests[3])).toMatchObject({ y: { task: 't1', status: 'cancelled' } });
    expect(model.requests.flatMap(newsIn)).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'tool_end', callId: 't1' }));
    expect(clock.sleeping).toBe(0);
  });

  it('ends a wait for it in the same turn', async () => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(brewing(), call('w', 'wait_for_task', { task: 't1' }), call('x', 'cancel_task', { task: 't1' })),
      says('ok'),
    ]);
    await converse({ models: [model], agent, clock }).ended;
    expect(outcomesIn(model.requests[1])).toMatchObject({ w: { status: 'cancelled' }, x: { status: 'cancelled' } });
  });
});

describe('What is wrong with a task call', () => {
  it.each([
    ['create_task', {}, 'Cannot create a task: give exactly one of "tool" and "prompt"'],
    ['create_task', { tool: 'brew', prompt: 'Go' }, 'give exactly one of "tool" and "prompt"'],
    ['create_task', { tool: 7 }, 'give exactly one of "tool" and "prompt"'],
    ['create_task', { tool: 'ghost' }, 'there is no tool "ghost". Available: brew, nap, fails.'],
    ['create_task', { tool: 'create_task' }, 'there is no tool "create_task"'],
    ['create_task', { tool: 'brew', arguments: [] }, '"arguments" is not an object'],
    ['create_task', { tool: 'brew', agent: 'main' }, '"agent" and "model" go with "prompt"'],
    ['create_task', { prompt: ' ' }, '"prompt" is empty'],
    ['create_task', { prompt: 'Go', arguments: {} }, '"arguments" go with "tool"'],
    ['create_task', { prompt: 'Go', agent: 'ghost' }, 'there is no agent "ghost". Available: main.'],
    ['create_task', { prompt: 'Go', model: 'test/ghost' }, 'there is no model "test/ghost"'],
    ['create_task', { prompt: 'Go', model: 7 }, '"model" is not a string'],
    ['create_task', '[1', 'the arguments are not valid JSON'],
    ['create_task', '[1]', 'the arguments are not a JSON object'],
    [
      'create_task',
      `{"tool":"brew","arguments":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      'Cannot create a task: the arguments are nested more than 64 levels deep (--max-argument-depth).',
    ],
    ['check_task', {}, 'name it by its id, such as {"task": "t1"}'],
    ['check_task', { task: 't7' }, 'there is no task "t7". There are: t1 (nap, running).'],
    ['cancel_task', { task: '__proto__' }, 'there is no task "__proto__"'],
    ['wait_for_task', { task: 't1', timeout_seconds: -1 }, '"timeout_seconds" is not a number from 0 up'],
    ['wait_for_task', { tasks: 't1' }, '"tasks" is not a list'],
    ['wait_for_task', { tasks: ['t1', 't2'] }, 'there is no task "t2"'],
  ])('%s %j is told to the model, which can do it right', async (name, args, message) => {
    const { agent, clock } = clockwork();
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { tool: 'nap' }), call('x', name, args)),
      says('ok'),
      says('ok'),
    ]);
    const { ended, events } = converse({ models: [model], agent, clock });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ status: 'done' });
    expect(outcomesIn(model.requests[1])).toMatchObject({ x: expect.stringContaining(message) });
    expect(events.filter(({ kind }) => kind === 'task_start')).toHaveLength(1);
  });
});
