import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { RunEventBody } from '../../src/contract/event.ts';
import type { Tool, ToolContext } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { DEFAULT_TOOL_LIMITS } from '../../src/tools/tool-limits.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { openTurns } from '../support/open-turns.ts';
import { call } from '../support/scripted-model.ts';

/** A turn over the given tools, the events it tells, and the clock it goes by. */
function turnOver(
  tools: readonly Tool[],
  options: { toolConcurrency?: number; turnConcurrency?: number; eager?: boolean; inOrder?: boolean } = {},
) {
  const clock = new FakeClock();
  const events: RunEventBody[] = [];
  const abort = new AbortController();
  const open = openTurns(clock, (event) => void events.push(event), {
    limits: { ...DEFAULT_TOOL_LIMITS, timeoutMs: 1000, maxOutputBytes: 100, maxJournalOutputBytes: 150 },
    ...options,
  });
  const another = () => open(tools, { conversation: 'p1', turn: 1, agent: 'main', signal: abort.signal });
  const started = () => events.filter((event) => event.kind === 'tool_start').map((event) => event.callId);
  return { turn: another(), another, clock, events, started, abort };
}

function tool(
  name: string,
  run: (args: unknown, context: ToolContext) => unknown,
  effect: 'read' | 'unsafe' = 'unsafe',
) {
  return defineTool({ name, description: '', parameters: { type: 'object' }, policy: { effect }, run });
}

const never = () => new Promise(() => {});

/** A tool each of whose calls ends when its gate is opened. */
function waiting(gates: PromiseWithResolvers<void>[], effect: 'read' | 'unsafe' = 'unsafe') {
  const wait = () => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  };
  return tool('wait', wait, effect);
}

/** Opens all gates, also those that are made meanwhile, one after the other. */
async function openAll(gates: readonly PromiseWithResolvers<void>[]): Promise<void> {
  for (let next = 0; next < gates.length; next += 1) {
    gates[next]?.resolve();
    await settle();
  }
}

describe('The tool calls of a turn', () => {
  it('all run at once', async () => {
    const gates = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()];
    let running = 0;
    const { turn } = turnOver([tool('wait', () => gates[running++]?.promise)]);
    const outcomes = turn.settle([call('a', 'wait'), call('b', 'wait'), call('c', 'wait')]);
    await settle();
    expect(running).toBe(3);
    for (const gate of gates) gate.resolve(1);
    expect(await outcomes).toHaveLength(3);
  });

  it('never exceed the cap over all conversations, and a slot that frees is taken at once', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const wait = tool('wait', () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    const { turn, another, events } = turnOver([wait], { toolConcurrency: 2 });
    const all = [turn.settle([call('a', 'wait'), call('b', 'wait')]), another().settle([call('c', 'wait')])];
    await settle();
    expect(gates).toHaveLength(2);
    gates[1]?.resolve();
    await settle();
    expect(gates).toHaveLength(3);
    for (const gate of gates) gate.resolve();
    await Promise.all(all);
    expect(events.filter(({ kind }) => kind === 'tool_end')).toHaveLength(3);
  });

  it('never exceed the cap of their turn, wait in call order, and say for how long', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const { turn, another, clock, started, events } = turnOver([waiting(gates)], { turnConcurrency: 2 });
    const settled = turn.settle(['a', 'b', 'c', 'd', 'e'].map((id) => call(id, 'wait')));
    const others = another().settle([call('x', 'wait')]);
    await settle();
    expect(started()).toEqual(['a', 'b', 'x']);
    await clock.advance(70);
    gates[1]?.resolve();
    await settle();
    expect(started()).toEqual(['a', 'b', 'x', 'c']);
    expect(events.at(-1)).toMatchObject({ callId: 'c', queuedMs: 70, waits: { turn: 70 } });
    await openAll(gates);
    expect(started()).toEqual(['a', 'b', 'x', 'c', 'd', 'e']);
    expect((await settled).map(({ callId }) => callId)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await others;
  });

  it('keep to the cap of their turn whether or not the model still responds', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const { turn, started } = turnOver([waiting(gates, 'read')], { turnConcurrency: 2 });
    const calls = ['a', 'b', 'c'].map((id) => call(id, 'wait'));
    for (const asked of calls) turn.add(asked);
    await settle();
    expect(started()).toEqual(['a', 'b']);
    const settled = turn.settle([...calls, call('d', 'wait')]);
    await settle();
    expect(started()).toEqual(['a', 'b']);
    await openAll(gates);
    expect((await settled).map(({ callId }) => callId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('give back the slots of their turn when they came to nothing', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const { turn, started } = turnOver([waiting(gates, 'read')], { turnConcurrency: 1 });
    for (const id of ['a', 'b']) turn.add(call(id, 'wait'));
    await settle();
    await turn.discard();
    const settled = turn.settle([call('c', 'wait')]);
    await settle();
    expect(started()).toEqual(['a', 'c']);
    await openAll(gates);
    expect(await settled).toHaveLength(1);
  });

  it('that need others hold no slot of their turn while they wait for them', async () => {
    const { turn, started } = turnOver([tool('act', () => 1)], { turnConcurrency: 1 });
    const needing = (id: string, other: string) => call(id, 'act', { with: { $call: other } });
    const outcomes = await turn.settle([needing('a', 'b'), needing('b', 'c'), call('c', 'act'), call('d', 'act')]);
    expect(started()).toEqual(['c', 'd', 'b', 'a']);
    expect(outcomes.map(({ callId, kind }) => `${callId} ${kind}`)).toEqual(['a ok', 'b ok', 'c ok', 'd ok']);
  });

  it('hold nothing that other conversations need while they wait for a slot of their turn', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const policy = { effect: 'idempotent', locks: ['one'], rate: { calls: 1, perMs: 1_000_000 } } as const;
    const parameters = { type: 'object' } as const;
    const locked = defineTool({ name: 'locked', description: '', parameters, policy, run: () => 'done' });
    const { turn, another, started } = turnOver([waiting(gates), locked], { turnConcurrency: 1 });
    const settled = turn.settle([call('a', 'wait'), call('b', 'locked')]);
    await settle();
    expect(await another().settle([call('x', 'locked')])).toMatchObject([{ kind: 'ok' }]);
    expect(started()).toEqual(['a', 'x']);
    await openAll(gates);
    void settled;
  });

  it('of many turns get through every queue, whatever its bound', async () => {
    const locked = defineTool({
      name: 'locked',
      description: '',
      parameters: { type: 'object' },
      policy: { effect: 'idempotent', locks: ['one'], concurrency: 1 },
      run: () => 'done',
    });
    const { another } = turnOver([locked, tool('act', () => 1)], { turnConcurrency: 1, toolConcurrency: 1 });
    const calls = ['a', 'b', 'c', 'd'].map((id, index) => call(id, index % 2 === 0 ? 'locked' : 'act'));
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => another().settle(calls)));
    expect(outcomes.flat().filter(({ kind }) => kind === 'ok')).toHaveLength(20);
  });

  it('that only read start while the model still responds, and run once', async () => {
    let runs = 0;
    const { turn, events } = turnOver([tool('look', () => ++runs, 'read')]);
    turn.add(call('a', 'look'));
    await settle();
    expect(events[0]).toMatchObject({ kind: 'tool_start', callId: 'a', eager: true });
    expect(await turn.settle([call('a', 'look')])).toEqual([{ kind: 'ok', callId: 'a', output: 1 }]);
    expect(runs).toBe(1);
  });

  it('that come after one that may do more wait for the response, even if they only read', async () => {
    const { turn, started } = turnOver([tool('look', () => 1, 'read'), tool('act', () => 2)]);
    for (const asked of [call('a', 'look'), call('b', 'act'), call('c', 'look')]) turn.add(asked);
    await settle();
    expect(started()).toEqual(['a']);
    await turn.settle([call('a', 'look'), call('b', 'act'), call('c', 'look')]);
    expect(started().toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('run one after the other in call order if they are to', async () => {
    const { turn, started } = turnOver([tool('look', () => 1, 'read'), tool('act', () => 2)], { inOrder: true });
    await turn.settle([call('a', 'act'), call('b', 'nobody'), call('c', 'look'), call('d', 'act')]);
    expect(started()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('wait for the response where nothing may start early', async () => {
    const { turn, started } = turnOver([tool('look', () => 1, 'read')], { eager: false });
    turn.add(call('a', 'look'));
    await settle();
    expect(started()).toEqual([]);
  });

  it('that were started for nothing are aborted, and each start has its end', async () => {
    let signal: AbortSignal | undefined;
    const { turn, events } = turnOver([
      tool(
        'look',
        (_args, context) => {
          signal = context.signal;
          return never();
        },
        'read',
      ),
    ]);
    turn.add(call('a', 'look'));
    await settle();
    await turn.discard();
    expect(signal?.aborted).toBe(true);
    expect(events.at(-1)).toMatchObject({ kind: 'tool_end', outcome: { code: 'cancelled' } });
  });
});

describe('A tool call', () => {
  it.each<[string, (args: unknown, context: ToolContext) => unknown, unknown]>([
    ['returns at once', () => 'now', { kind: 'ok', output: 'now' }],
    ['returns nothing', () => undefined, { kind: 'ok', output: null }],
    ['returns too much', () => 'x'.repeat(200), { kind: 'ok', output: expect.stringContaining('[cut: the first 100') }],
    [
      'throws at once',
      () => {
        throw new Error('bang');
      },
      { kind: 'failed', code: 'threw', message: 'Tool "t" failed: bang' },
    ],
    ['rejects', async () => Promise.reject(new Error('bang')), { kind: 'failed', code: 'threw' }],
    [
      'throws no error',
      () => {
        throw 'text';
      },
      { kind: 'failed', message: 'Tool "t" failed: text' },
    ],
    [
      'throws nothing that can be shown',
      () => {
        throw Object.create(null);
      },
      { kind: 'failed', message: expect.stringContaining('cannot be shown') },
    ],
    [
      'returns what is no JSON',
      () => ({
        toJSON: () => {
          throw new Error('odd');
        },
      }),
      { kind: 'failed', message: expect.stringContaining('odd') },
    ],
  ])('that %s has an outcome', async (_what, run, outcome) => {
    const { turn } = turnOver([tool('t', run)]);
    expect(await turn.settle([call('a', 't')])).toEqual([
      expect.objectContaining({ callId: 'a', ...(outcome as object) }),
    ]);
  });

  it.each([
    ['of an unknown tool', 'nobody', '{}', 'unknown_tool', 'Available: t'],
    ['with malformed JSON', 't', '{"a":', 'invalid_arguments', 'not valid JSON'],
    ['with arguments that are no object', 't', '[1]', 'invalid_arguments', 'not a JSON object'],
    ['with arguments that do not fit', 't', '{"n":"x"}', 'invalid_arguments', 'n: '],
    ['that would set a prototype', 't', '{"a":{"__proto__":{}}}', 'invalid_arguments', '__proto__'],
    ['nested too deep', 't', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, 'invalid_arguments', 'levels deep'],
  ])('%s is answered without running, and told', async (_what, name, args, code, message) => {
    let runs = 0;
    const checked = defineTool({
      name: 't',
      description: '',
      parameters: { type: 'object', properties: { n: { type: 'number' } } },
      run: () => ++runs,
    });
    const { turn, events } = turnOver([checked]);
    const [outcome] = await turn.settle([call('a', name, args)]);
    expect(outcome).toMatchObject({ kind: 'failed', code, message: expect.stringContaining(message) });
    expect(events.map(({ kind }) => kind)).toEqual(['tool_start', 'tool_end']);
    expect(runs).toBe(0);
  });

  it('without any arguments has an empty object', async () => {
    const { turn } = turnOver([tool('t', (args) => args)]);
    expect(await turn.settle([call('a', 't', '')])).toEqual([{ kind: 'ok', callId: 'a', output: {} }]);
  });

  it('that fails leaves its siblings alone', async () => {
    const { turn } = turnOver([
      tool('good', () => 1),
      tool('bad', () => {
        throw new Error('no');
      }),
    ]);
    const outcomes = await turn.settle([call('a', 'bad'), call('b', 'good'), call('c', 'nobody'), call('d', 'good')]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'ok', 'failed', 'ok']);
  });

  it('that takes too long fails, is told to stop, and what it says later is ignored', async () => {
    const late = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const { turn, clock } = turnOver([
      tool('t', (_args, context) => {
        signal = context.signal;
        return late.promise;
      }),
    ]);
    const outcomes = turn.settle([call('a', 't')]);
    await clock.advance(1000);
    expect(await outcomes).toEqual([
      { kind: 'failed', callId: 'a', code: 'timeout', message: 'Tool "t" timed out after 1000 ms.' },
    ]);
    expect(signal?.aborted).toBe(true);
    late.resolve('too late');
    await settle();
  });

  it('is cancelled with its conversation, whether it runs or waits', async () => {
    const { turn, abort } = turnOver([tool('t', never)], { toolConcurrency: 1 });
    const outcomes = turn.settle([call('a', 't'), call('b', 't')]);
    await settle();
    abort.abort();
    expect(await outcomes).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }]);
    expect((await turn.settle([call('c', 't')]))[0]).toMatchObject({ code: 'cancelled' });
  });

  it('is cancelled with its conversation also if it started early, and even if it was not asked for in the end', async () => {
    const { turn, abort, events } = turnOver([tool('look', never, 'read')]);
    turn.add(call('a', 'look'));
    turn.add(call('b', 'look'));
    await settle();
    await turn.settle([]);
    const outcomes = turn.settle([call('a', 'look')]);
    abort.abort();
    expect(await outcomes).toMatchObject([{ code: 'cancelled' }]);
    await settle();
    expect(events.filter(({ kind }) => kind === 'tool_end')).toHaveLength(2);
  });

  it.each(['unsafe', 'read'] as const)('that is %s leaves no listener on its conversation’s signal', async (effect) => {
    const { turn, another, abort } = turnOver([tool('t', () => 1, effect)]);
    const calls = [call('a', 't'), call('b', 't')];
    for (const one of calls) turn.add(one);
    await turn.settle(calls);
    const voided = another();
    voided.add(call('c', 't'));
    await voided.discard();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('has a key that is the same for the same call in the same place, and differs otherwise', async () => {
    const keys: string[] = [];
    const keep = tool('t', (_args, { callKey }) => void keys.push(callKey));
    await turnOver([keep]).turn.settle([call('a', 't', '{"x":1}'), call('b', 't', '{"x":1}')]);
    await turnOver([keep]).turn.settle([call('other', 't', '{"x":1}')]);
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});
