import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../src/contract/event.ts';
import type { ModelRequest } from '../../src/contract/model.ts';
import { interruptedEnds } from '../../src/run/interrupted-ends.ts';
import { restoreConversation } from '../../src/run/restore-conversation.ts';
import { fitOutputs } from '../../src/tools/to-output.ts';
import { brewing, clockwork, converse } from '../agent/support/tasks.ts';
import type { Say } from '../support/scripted-model.ts';
import { asks, call, ScriptedModel, says } from '../support/scripted-model.ts';

const scripts: Readonly<Record<string, readonly Say[]>> = {
  'is told of it when it has answered': [asks(brewing()), says('Later.'), says('Told.')],
  'asks for it while it runs and is told of it then': [
    asks(brewing()),
    asks(call('e', 'check_task', { task: 't1' })),
    says('Later.'),
    says('Told.'),
  ],
  'waits for it': [asks(brewing()), asks(call('w', 'wait_for_task', { task: 't1' })), says('Heard.')],
  'waits for whichever is first': [asks(brewing()), asks(call('w', 'wait_for_task', {})), says('Heard.')],
};

describe.each(Object.entries(scripts))('A conversation that %s', (_, script) => {
  it('hears of a background task exactly once, after whichever event it was interrupted', async () => {
    const whole = await run(script);
    expect(whole.end.status).toBe('done');
    expect(hearings(whole.requests.at(-1)), 'without an interruption').toBe(1);
    for (let kept = 1; kept < whole.events.length; kept++) {
      const before = whole.events.slice(0, kept);
      const after = await run(script, before);
      const place = `after ${kept} events, the last of them ${before.at(-1)?.kind}`;
      expect(after.end.status, place).toBe('done');
      expect(after.end.uncertain?.join() ?? '', place).not.toMatch(/wait|check/);
      const isOver = before.some((event) => event.kind === 'model_end' && event.turn === script.length);
      const tasks = [...before, ...after.events].filter(({ kind }) => kind === 'task_start');
      if (isOver) expect(after.requests, place).toEqual([]);
      else expect(hearings(after.requests.at(-1)), place).toBe(tasks.length);
    }
  });
});

it('A conversation that answers without waiting for its tasks keeps its answer when it is gone on with', async () => {
  const script = [asks(brewing()), says('Whatever.')];
  const { events } = await run(script, [], 'cancel');
  const before = events.slice(0, events.findLastIndex(({ kind }) => kind === 'model_end') + 1);
  expect((await run(script, before, 'cancel')).requests).toEqual([]);
});

it('A conversation is told of all tasks together no more than of one output, when it is gone on with', async () => {
  const ended = (task: string): readonly RunEventBody[] => [
    { kind: 'task_start', conversation: 'p1', task, what: 'brew' },
    {
      kind: 'task_end',
      conversation: 'p1',
      task,
      what: 'brew',
      tookMs: 1,
      outcome: { kind: 'ok', callId: task, output: `${task} `.repeat(300) },
    },
  ];
  const { events } = await run([asks(brewing()), says('Told.')]);
  const begun = events.slice(
    0,
    events.findIndex(({ kind }) => kind === 'task_start'),
  );
  const { requests } = await run([], [...begun, ...ended('t1'), ...ended('t2'), ...ended('t3')]);
  const news = requests.at(-1)?.messages.at(-1);
  const text = news?.role === 'user' ? news.text : '';
  expect(text.match(/^t\d \(brew\) finished: "t\d .*\[cut: the first 333 of 900 bytes\]"$/gm)).toHaveLength(3);
  expect(text.length).toBeLessThan(1500);
});

describe('A conversation that delegated a prompt', () => {
  const script: Say = (request, signal) => {
    const [prompt, last] = [request.messages[0], request.messages.at(-1)];
    const isChild = prompt?.role === 'user' && prompt.text === 'Sub-question';
    const first = isChild ? call('x', 'brew') : call('d', 'create_task', { prompt: 'Sub-question' });
    const say = request.messages.length === 1 ? asks(first) : says(last?.role === 'tools' ? 'Later.' : 'Told.');
    return say(request, signal);
  };

  it('lists what was interrupted there, tells the model of it, and has what it used in its row', async () => {
    const whole = await run(script);
    const started = whole.events.findIndex((event) => event.kind === 'tool_start' && event.name === 'brew');
    const before = whole.events.slice(0, started + 1);
    const given = before.filter(({ kind }) => kind === 'model_end').length;
    const after = await run(script, before);
    expect(after.end).toMatchObject({ status: 'done', answer: 'Told.', uncertain: ['brew (p1/t1 x)'] });
    expect(after.end.usage.outputTokens).toBe(given + after.requests.length);
    expect(JSON.stringify(after.requests.at(-1)?.messages)).toContain('nobody knows what brew (p1/t1 x) did');
    const failed = await run(script, before, 'wait', 'fail');
    expect(failed.end).toMatchObject({ status: 'failed', problem: expect.stringContaining('brew (p1/t1 x)') });
  });

  it('lists nothing of a task that it had ended itself', async () => {
    const cancels = [asks(brewing()), asks(call('e', 'cancel_task', { task: 't1' })), says('Over.')];
    const { events } = await run(cancels);
    const cancelled = events.findIndex((event) => event.kind === 'tool_end' && event.name === 'cancel_task');
    expect((await run(cancels, events.slice(0, cancelled + 1))).end.uncertain).toBeUndefined();
  });
});

/** How often the model is told of the end of `t1` by what a request holds. */
function hearings(request: ModelRequest | undefined): number {
  const texts = (request?.messages ?? []).slice(1).flatMap((message) => {
    if (message.role === 'user') return message.text.split('\n').filter((line) => /\bt1 \(brew\)/.test(line));
    if (message.role === 'tools') return message.outcomes.map((outcome) => JSON.stringify(outcome));
    return [];
  });
  return texts.filter((text) => /finished|did not finish|"status":"(done|failed|cancelled)"/.test(text)).length;
}

async function run(
  script: readonly Say[] | Say,
  before: readonly RunEventBody[] = [],
  atEnd: 'wait' | 'cancel' = 'wait',
  onUncertain: 'tell' | 'fail' = 'tell',
) {
  const { agent, clock } = clockwork();
  const given = before.filter((event) => event.kind === 'model_end').length;
  const left = typeof script === 'function' ? script : [...script.slice(given), says('Heard.'), says('Again.')];
  const model = new ScriptedModel(left);
  const restored = restoreConversation({ id: 'p1', text: 'Hello' }, interrupted(before), {
    agentNamed: () => agent,
    startAgent: agent,
    defaultModel: model.id,
    onUncertain,
    fitOutputs: (outputs) => fitOutputs(outputs, 1000),
  });
  const { events, ended } = converse({
    models: [model],
    agent,
    clock,
    tasks: { atEnd },
    ...(before.length > 0 ? { restored } : {}),
  });
  for (let passed = 0; passed < 40; passed++) await clock.advance(1000);
  return { events, requests: model.requests, end: await ended };
}

function interrupted(before: readonly RunEventBody[]): readonly RunEvent[] {
  const told = before.map((body, index): RunEvent => ({ seq: index + 1, atMs: index, ...body }));
  const ends = interruptedEnds(told, before.length);
  return [...told, ...ends.map((body, n): RunEvent => ({ seq: before.length + n + 1, atMs: before.length, ...body }))];
}
