import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import type { Agent } from '../../src/contract/agent.ts';
import type { ConversationEnd, RunEvent, RunEventBody } from '../../src/contract/event.ts';
import { interruptedEnds } from '../../src/run/interrupted-ends.ts';
import { restoreConversation } from '../../src/run/restore-conversation.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { runPlanTool } from '../../src/tools/plan/run-plan-tool.ts';
import { converse } from '../support/conversation.ts';
import type { Say } from '../support/scripted-model.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';

/** What a conversation says, turn by turn: calls of either kind, a handoff beside a call, an answer. */
const RESPONSES = [
  asks(call('a', 'pay', { n: 1 }), call('b', 'look', { n: 2 })),
  asks(call('c', 'pay', { n: 3 }), call('d', 'transfer_to_colleague', {})),
  asks(call('e', 'look', { n: 4 })),
  says('Done.'),
];

const FINAL = { status: 'done', answer: 'Done.', agent: 'colleague', turns: 4, toolCalls: 4, handoffs: 1 };

describe('A conversation that was interrupted after any of its events', () => {
  it('asks for no response that it was given, does nothing twice that may be done once, and ends the same', async () => {
    const whole = await run();
    expect(whole.end).toMatchObject(FINAL);
    for (let kept = 1; kept < whole.events.length; kept++) {
      const before = whole.events.slice(0, kept);
      const given = before.filter((event) => event.kind === 'model_end').length;
      const paid = before.flatMap((event) =>
        event.kind === 'tool_start' && event.name === 'pay' ? [event.callId] : [],
      );
      const after = await run(before);
      const place = `after ${kept} events, the last of them ${before.at(-1)?.kind}`;
      expect(after.requests, place).toBe(RESPONSES.length - given);
      expect([...paid, ...after.paid].toSorted(), place).toEqual(['a', 'c']);
      expect(after.end, place).toMatchObject(FINAL);
      expect(after.notices, place).toEqual([]);
    }
  });

  it('gives each call what it refers to, and the key that it had', async () => {
    const script = [asks(call('a', 'look', { n: 1 }), call('b', 'look', { n: { $call: 'a' } })), says('Done.')];
    const whole = await run([], script);
    expect(whole.looked.map(({ n }) => n)).toEqual([1, 'seen 1']);
    for (let kept = 1; kept < whole.events.length; kept++) {
      const before = whole.events.slice(0, kept);
      const after = await run(before, script);
      const place = `after ${kept} events, the last of them ${before.at(-1)?.kind}`;
      const ended = before.filter(({ kind }) => kind === 'tool_end').length;
      expect(after.looked, place).toEqual(whole.looked.slice(ended));
      expect(after.end, place).toMatchObject({ status: 'done', toolCalls: 2 });
    }
  });

  it('lists a call as uncertain exactly if it may be done once, was started and has no outcome', async () => {
    const whole = await run();
    const start = whole.events.findIndex((event) => event.kind === 'tool_start' && event.name === 'pay');
    expect((await run(whole.events.slice(0, start))).end.uncertain).toBeUndefined();
    expect((await run(whole.events.slice(0, start + 1))).end.uncertain).toEqual(['pay (a)']);
    expect((await run(whole.events)).end.uncertain).toBeUndefined();
  });

  it('runs a plan again that does no more than read, and no other', async () => {
    const planOf = (tool: string) => {
      const calls = [
        { id: 'x', tool, args: { n: 1 } },
        { id: 'y', tool: 'look', args: { n: '$x' } },
      ];
      return [asks(call('p', 'run_plan', { calls })), says('Done.')];
    };
    const whole = await run([], planOf('look'));
    for (let kept = 1; kept < whole.events.length; kept++) {
      const after = await run(whole.events.slice(0, kept), planOf('look'));
      expect(after.end.uncertain, `after ${kept} events`).toBeUndefined();
      if (after.looked.length > 0) expect(after.looked.at(-1), `after ${kept} events`).toEqual(whole.looked.at(-1));
    }
    const paying = await run([], planOf('pay'));
    const paid = paying.events.findIndex((event) => event.kind === 'tool_end' && event.name === 'pay');
    const after = await run(paying.events.slice(0, paid + 1), planOf('pay'));
    expect(after.end.uncertain).toEqual(['run_plan (p)']);
  });

  it('ends as its last response says, if that ends it without being an answer', async () => {
    const script = [() => [end({ stop: 'truncated', text: 'Do', detail: 'too long' })]];
    const whole = await run([], script);
    const after = await run(whole.events.slice(0, -1), script);
    expect(after.requests).toBe(0);
    expect(after.end).toMatchObject({ status: 'truncated', answer: 'Do', problem: 'too long' });
  });

  it('is asked again for a response that there was no room for, and pays for both', async () => {
    const cut: Say = () => [end({ stop: 'truncated', text: 'It', detail: 'length' })];
    const limit = '--max-cost: cut off';
    const [first = says('')] = RESPONSES;
    const whole = await run([], [first, cut]);
    const limited = whole.events.map((event): RunEventBody => {
      if (event.kind === 'conversation_end') return { ...event, status: 'limit' };
      const isCut = event.kind === 'model_end' && event.result.ok && event.result.stop === 'truncated';
      return isCut ? { ...event, result: { ...event.result, limit } } : event;
    });
    const after = await run(limited, [says(''), says(''), says('Done.')]);
    expect(after.requests).toBe(1);
    expect(after.end).toMatchObject({ status: 'done', answer: 'Done.', turns: 2, usage: { outputTokens: 3 } });
    expect(after.notices).toEqual([]);
  });

  it('has taken as long as it was worked on in all attempts, and none of the time between them', async () => {
    const whole = await run();
    const answered = whole.events.findIndex(({ kind }) => kind === 'model_end') + 1;
    const first = whole.events.slice(0, answered);
    const second = await run(first);
    expect(second.end.tookMs).toBe(answered);
    const before = [...first, ...interruptedEnds(stamped(first), answered), ...second.events.slice(0, 2)];
    const third = await run(before);
    const betweenMs = 1;
    expect(third.end).toMatchObject({ ...FINAL, tookMs: before.length - betweenMs });
  });

  it('asks for no more than its bounds allow', async () => {
    const whole = await run([], RESPONSES, 1);
    expect(whole.end.status).toBe('max_turns');
    const after = await run(whole.events.slice(0, -1), RESPONSES, 1);
    expect({ requests: after.requests, paid: after.paid, status: after.end.status }).toEqual({
      requests: 0,
      paid: [],
      status: 'max_turns',
    });
  });
});

/** Runs the conversation, or goes on with it after the given events. */
async function run(
  before: readonly RunEventBody[] = [],
  script: ConstructorParameters<typeof ScriptedModel>[0] = RESPONSES,
  maxTurns = 25,
): Promise<{
  readonly events: readonly RunEventBody[];
  readonly end: ConversationEnd;
  readonly requests: number;
  readonly paid: readonly string[];
  readonly looked: readonly { readonly n: unknown; readonly callKey: string }[];
  readonly notices: readonly string[];
}> {
  const paid: string[] = [];
  const looked: { n: unknown; callKey: string }[] = [];
  const pay = defineTool({
    name: 'pay',
    description: '',
    parameters: { type: 'object' },
    policy: { effect: 'unsafe' },
    run: ({ n }: { n: number }) => {
      paid.push(n === 1 ? 'a' : 'c');
      return 'paid';
    },
  });
  const look = defineTool({
    name: 'look',
    description: '',
    parameters: { type: 'object' },
    policy: { effect: 'read' },
    run: ({ n }: { n: unknown }, { callKey }) => {
      looked.push({ n, callKey });
      return `seen ${n}`;
    },
  });
  const colleague = defineAgent({ name: 'colleague', instructions: '', tools: [pay, look] });
  const agent = defineAgent({
    name: 'first',
    instructions: '',
    tools: [pay, look, runPlanTool],
    handoffs: [colleague],
  });
  const given = before.filter((event) => event.kind === 'model_end').length;
  const model = new ScriptedModel(typeof script === 'function' ? script : script.slice(given));
  const restored = before.length === 0 ? undefined : restore(before, [agent, colleague], model.id);
  const { events, ended } = converse({
    models: [model],
    agent,
    bounds: { maxTurns },
    ...(restored ? { restored } : {}),
  });
  const ending = await ended;
  const notices = events.flatMap((event) => (event.kind === 'notice' ? [event.message] : []));
  return { events, end: ending, requests: model.requests.length, paid, looked, notices };
}

function restore(before: readonly RunEventBody[], agents: readonly Agent[], defaultModel: string) {
  const events = stamped(before);
  const ends = interruptedEnds(events, before.length).map(
    (body, index): RunEvent => ({
      seq: before.length + index + 1,
      atMs: before.length,
      ...body,
    }),
  );
  const [startAgent] = agents;
  if (!startAgent) throw new Error('there is no agent');
  return restoreConversation({ id: 'p1', text: 'Hello' }, [...events, ...ends], {
    agentNamed: (name) => agents.find((agent) => agent.name === name),
    startAgent,
    defaultModel,
    onUncertain: 'tell',
    fitOutputs: (outputs) => outputs,
  });
}

/** Each a millisecond after the one before. */
function stamped(events: readonly RunEventBody[]): readonly RunEvent[] {
  return events.map((body, index) => ({ seq: index + 1, atMs: index, ...body }));
}
