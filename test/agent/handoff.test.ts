import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { converse } from '../support/conversation.ts';
import { asks, call, ScriptedModel, says } from '../support/scripted-model.ts';

const work = defineTool({ name: 'work', description: '', parameters: { type: 'object' }, run: () => 'worked' });
const maths = defineAgent({ name: 'Maths', description: 'Calculates.', instructions: 'Calculate.', tools: [work] });
const history = defineAgent({ name: 'history', instructions: 'Tell the past. Be exact.' });
const triage = defineAgent({ name: 'triage', instructions: 'Sort.', tools: [work], handoffs: [maths, history] });

describe('A handoff', () => {
  it('is offered to the model as a tool that says what the other agent is for', async () => {
    const model = new ScriptedModel([says('ok')]);
    await converse({ models: [model], agent: triage }).ended;
    expect(model.requests[0]?.tools.map(({ name, description }) => [name, description])).toEqual([
      ['work', ''],
      ['transfer_to_maths', 'Hand the conversation over to Maths: Calculates.'],
      ['transfer_to_history', 'Hand the conversation over to history: Tell the past.'],
    ]);
  });

  it('lets the other agent go on with its own instructions and tools and the whole history', async () => {
    const model = new ScriptedModel([asks(call('h', 'transfer_to_maths')), says('42')]);
    const { ended, events } = converse({ models: [model], agent: triage });
    expect(await ended).toMatchObject({ status: 'done', answer: '42', agent: 'Maths', handoffs: 1, toolCalls: 0 });
    expect(model.requests[1]).toMatchObject({ instructions: 'Calculate.', tools: [{ name: 'work' }] });
    expect(model.requests[1]?.messages.at(-1)).toEqual({
      role: 'tools',
      outcomes: [{ kind: 'ok', callId: 'h', output: { assistant: 'Maths' } }],
    });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'handoff', from: 'triage', to: 'Maths' }));
  });

  it('waits for the tools that were asked for beside it, and all outcomes stay in call order', async () => {
    const model = new ScriptedModel([
      asks(call('a', 'work'), call('h', 'transfer_to_maths'), call('b', 'work')),
      says('ok'),
    ]);
    await converse({ models: [model], agent: triage }).ended;
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      outcomes: [
        { kind: 'ok', callId: 'a' },
        { kind: 'ok', callId: 'h' },
        { kind: 'ok', callId: 'b' },
      ],
    });
  });

  it('that comes first wins, and the others are told', async () => {
    const model = new ScriptedModel([
      asks(call('1', 'transfer_to_history'), call('2', 'transfer_to_maths')),
      says('ok'),
    ]);
    const { ended } = converse({ models: [model], agent: triage });
    expect(await ended).toMatchObject({ agent: 'history', handoffs: 1 });
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      outcomes: [{ kind: 'ok' }, { kind: 'failed', code: 'not_run', message: expect.stringContaining('history') }],
    });
  });

  it('that fails is told to the model, and the agent goes on', async () => {
    const broken = defineAgent({ name: 'broken', instructions: '', model: 'test/nowhere' });
    const from = defineAgent({ name: 'from', instructions: 'Go on.', handoffs: [broken] });
    const model = new ScriptedModel([asks(call('h', 'transfer_to_broken')), says('by myself')]);
    const { ended } = converse({ models: [model], agent: from });
    expect(await ended).toMatchObject({ status: 'done', agent: 'from', answer: 'by myself', handoffs: 0 });
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      outcomes: [{ kind: 'failed', code: 'handoff_failed', message: expect.stringContaining('test/nowhere') }],
    });
  });

  it('that fails leaves the next one in the same turn its chance', async () => {
    const broken = defineAgent({ name: 'broken', instructions: '', model: 'test/nowhere' });
    const from = defineAgent({ name: 'from', instructions: '', handoffs: [broken, maths] });
    const model = new ScriptedModel([
      asks(call('1', 'transfer_to_broken'), call('2', 'transfer_to_maths')),
      says('ok'),
    ]);
    expect(await converse({ models: [model], agent: from }).ended).toMatchObject({ agent: 'Maths' });
  });

  it.each([
    ['to an agent that is not there', 'transfer_to_ghost', '{}', 'Available: transfer_to_maths, transfer_to_history'],
    ['with arguments that are no JSON object', 'transfer_to_maths', '[1', 'not a JSON object'],
  ])('%s is told to the model', async (_what, name, args, message) => {
    const model = new ScriptedModel([asks(call('h', name, args)), says('ok')]);
    expect(await converse({ models: [model], agent: triage }).ended).toMatchObject({ agent: 'triage', status: 'done' });
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      outcomes: [{ kind: 'failed', message: expect.stringContaining(message) }],
    });
  });

  it('goes to an agent with a model of its own, which is not shown the first model’s opaque items', async () => {
    const expert = defineAgent({ name: 'expert', instructions: '', model: 'test/expert' });
    const from = defineAgent({ name: 'from', instructions: '', handoffs: [expert] });
    const first = new ScriptedModel([asks(call('h', 'transfer_to_expert'))]);
    const second = new ScriptedModel([says('ok')], 'test/expert');
    expect(await converse({ models: [first, second], agent: from }).ended).toMatchObject({ model: 'test/expert' });
    expect([first.sessions, second.sessions]).toEqual([0, 0]);
  });

  it('back and forth without any work between is refused', async () => {
    const left = defineAgent({ name: 'left', instructions: 'L', handoffs: () => [right] });
    const right = defineAgent({ name: 'right', instructions: 'R', handoffs: () => [left] });
    const model = new ScriptedModel([
      asks(call('1', 'transfer_to_right')),
      asks(call('2', 'transfer_to_left')),
      asks(call('3', 'transfer_to_right')),
      says('fine, I do it'),
    ]);
    const { ended } = converse({ models: [model], agent: left });
    expect(await ended).toMatchObject({ status: 'done', agent: 'left', handoffs: 2 });
    expect(model.requests[3]?.messages.at(-1)).toMatchObject({
      outcomes: [{ kind: 'failed', message: expect.stringContaining('Answer yourself') }],
    });
  });

  it('beyond the bound ends the conversation', async () => {
    const left = defineAgent({ name: 'left', instructions: '', tools: [work], handoffs: () => [right] });
    const right = defineAgent({ name: 'right', instructions: '', tools: [work], handoffs: () => [left] });
    const model = new ScriptedModel((request) => {
      const other = request.tools.at(-1)?.name ?? '';
      const turn = request.messages.length;
      return asks(call(`w${turn}`, 'work'), call(`h${turn}`, other))(request, new AbortController().signal);
    });
    const { ended } = converse({ models: [model], agent: left, bounds: { maxHandoffs: 4 } });
    expect(await ended).toMatchObject({ status: 'max_handoffs', handoffs: 4 });
  });
});

describe('An agent', () => {
  it('cannot have two tools or handoffs of one name', () => {
    expect(() => defineAgent({ name: 'x', instructions: '', tools: [work, work] })).toThrow('"work"');
    const clash = defineAgent({ name: 'x', instructions: '', handoffs: () => [maths, maths] });
    expect(() => clash.handoffs).toThrow('"transfer_to_maths"');
  });

  it('needs a name and instructions', () => {
    expect(() => defineAgent({ name: ' ', instructions: '' })).toThrow('no name');
    expect(() => defineAgent({ name: 'x' } as never)).toThrow('instructions');
  });
});
