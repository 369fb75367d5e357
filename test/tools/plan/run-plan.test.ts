import { describe, expect, it } from 'vitest';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { Durations } from '../../../src/tools/durations.ts';
import { runPlanSpec, runPlanTool } from '../../../src/tools/plan/run-plan-tool.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { openTurns } from '../../support/open-turns.ts';
import { call } from '../../support/scripted-model.ts';
import { planCall, planningTurn, shownOf, toolOf } from './support/plans.ts';

/** Gives back what it was given. */
const echo = toolOf('echo', ({ value }) => value ?? null);
const broken = toolOf('broken', () => {
  throw new Error('bang');
});

/** A tool whose calls take as long as their `ms` say, and give back their `value`. */
function slowOn(clock: () => FakeClock) {
  return toolOf('slow', async ({ ms, value }, { signal }) => {
    await clock().sleep(Number(ms), signal);
    return value ?? null;
  });
}

describe('A plan', () => {
  it('is described in no more characters than every server takes', () => {
    expect(runPlanSpec.description.length).toBeLessThanOrEqual(1024);
  });

  it('runs level by level as results arrive, in the time of its critical path', async () => {
    const planning = planningTurn([slowOn(() => planning.clock)]);
    const { turn, clock, started, ended } = planning;
    const outcomes = turn.settle([
      planCall([
        { id: 'a', tool: 'slow', args: { ms: 100, value: { x: [1, { y: 'deep' }] } } },
        { id: 'b', tool: 'slow', args: { ms: 300, value: 2 } },
        { id: 'c', tool: 'slow', args: { ms: 100, value: { $call: 'a', path: 'x[1].y' } } },
        { id: 'd', tool: 'slow', args: { ms: 100, value: ['$b', `\${a.x[0]}`, { $call: 'c' }] } },
      ]),
    ]);
    await settle();
    expect(started()).toEqual(['plan', 'plan.a', 'plan.b']);
    await clock.advance(100);
    expect(started()).toEqual(['plan', 'plan.a', 'plan.b', 'plan.c']);
    await clock.advance(199);
    expect(ended()).toEqual(['plan.a', 'plan.c']);
    await clock.advance(1);
    expect(started().at(-1)).toBe('plan.d');
    await clock.advance(100);
    expect(ended()).toEqual(['plan.a', 'plan.c', 'plan.b', 'plan.d', 'plan']);
    expect(shownOf(await outcomes)).toEqual({ results: { d: [2, 1, 'deep'] } });
    expect(clock.now()).toBe(400);
  });

  it('gives back only the results that were asked for', async () => {
    const { turn } = planningTurn([echo]);
    const nodes = ['a', 'b', 'c'].map((id) => ({ id, tool: 'echo', args: { value: id } }));
    expect(shownOf(await turn.settle([planCall(nodes, ['c', 'a'])]))).toEqual({ results: { a: 'a', c: 'c' } });
  });

  it('gives back what no other call uses, if nothing was asked for', async () => {
    const { turn } = planningTurn([echo]);
    const nodes = [
      { id: 'used', tool: 'echo', args: { value: 1 } },
      { id: 'only_waited_for', tool: 'echo', args: { value: 2 } },
      { id: 'last', tool: 'echo', args: { value: '$used' }, after: ['only_waited_for'] },
    ];
    expect(shownOf(await turn.settle([planCall(nodes)]))).toEqual({ results: { only_waited_for: 2, last: 1 } });
  });

  it('leaves text alone that only looks like a reference', async () => {
    const { turn } = planningTurn([echo]);
    const value = ['$5', `\${HOME}`, 'costs $a', '$', '$a b'];
    const nodes = [
      { id: 'a', tool: 'echo', args: { value } },
      { id: 'b', tool: 'echo', args: { value } },
    ];
    expect(shownOf(await turn.settle([planCall(nodes)]))).toEqual({ results: { a: value, b: value } });
  });

  it('passes on results of any kind whole, also where the call asks for them by a later one’s id', async () => {
    const { turn } = planningTurn([echo]);
    const nodes = [
      { id: 'last', tool: 'echo', args: { value: { $call: 'first' } } },
      { id: 'first', tool: 'echo', args: { value: { list: [null, false, ''] } } },
    ];
    expect(shownOf(await turn.settle([planCall(nodes)]))).toEqual({ results: { last: { list: [null, false, ''] } } });
  });

  it('keeps a call waiting for those that it comes after, by its own word or its tool’s', async () => {
    const gate = Promise.withResolvers<void>();
    const send = defineTool({
      name: 'send',
      description: '',
      parameters: { type: 'object' },
      policy: { after: ['hold'] },
      run: () => 'sent',
    });
    const { turn, started } = planningTurn([toolOf('hold', () => gate.promise), echo, send]);
    const outcomes = turn.settle([
      planCall([
        { id: 'send', tool: 'send', args: {} },
        { id: 'late', tool: 'echo', args: {}, after: ['hold'] },
        { id: 'hold', tool: 'hold', args: {} },
      ]),
    ]);
    await settle();
    expect(started()).toEqual(['plan', 'plan.hold']);
    gate.resolve();
    await outcomes;
    expect(started().toSorted()).toEqual(['plan', 'plan.hold', 'plan.late', 'plan.send']);
  });

  it('skips what needs a call that failed, and goes on with the others', async () => {
    const { turn, ended } = planningTurn([echo, broken]);
    const nodes = [
      { id: 'bad', tool: 'broken', args: {} },
      { id: 'next', tool: 'echo', args: { value: '$bad' } },
      { id: 'last', tool: 'echo', args: { value: '$next' } },
      { id: 'other', tool: 'echo', args: { value: 1 } },
    ];
    expect(shownOf(await turn.settle([planCall(nodes)]))).toEqual({
      results: {
        last: { error: 'Not run: it needs the result of call bad, which failed: Tool "broken" failed: bang' },
        other: 1,
        bad: { error: 'Tool "broken" failed: bang' },
      },
      failed: ['bad'],
      skipped: ['next', 'last'],
    });
    expect(ended()).toHaveLength(5);
  });

  it('names what is wrong with a call, and runs those that do not need it', async () => {
    const { turn } = planningTurn([echo]);
    const nodes = [
      { id: 'a', tool: 'echo', args: { value: '$b' } },
      { id: 'b', tool: 'echo', args: { value: '$a' } },
      { id: 'after_cycle', tool: 'echo', args: { value: '$b' } },
      { id: 'unknown', tool: 'echo', args: { value: { $call: 'nobody' } } },
      { id: 'unknown_after', tool: 'echo', args: {}, after: ['never'] },
      { id: 'stranger', tool: 'no_such_tool', args: {} },
      { id: 'deep', tool: 'echo', args: { value: { $call: 'fine', path: 'x' } } },
      { id: 'fine', tool: 'echo', args: { value: 1 } },
    ];
    const shown = shownOf(await turn.settle([planCall(nodes, ['fine', 'nothing'])]));
    expect(shown).toMatchObject({
      results: {
        fine: 1,
        nothing: { error: expect.stringContaining('no call "nothing" in the plan') },
        a: { error: 'These calls wait for each other: a → b.' },
        b: { error: 'These calls wait for each other: b → a.' },
        unknown: { error: expect.stringContaining('no call "nobody"') },
        unknown_after: { error: expect.stringContaining('no call "never"') },
        stranger: { error: 'Unknown tool "no_such_tool". Available: echo.' },
        deep: { error: expect.stringContaining('has nothing at "x"') },
      },
      failed: ['a', 'b', 'unknown', 'unknown_after', 'stranger', 'deep'],
      skipped: ['after_cycle'],
    });
  });

  it.each<[string, string, string]>([
    ['is no JSON', '{"calls":[', 'not valid JSON'],
    ['has no calls', '{}', '"calls" must be a list of at least one call'],
    ['has an empty list', '{"calls":[]}', 'at least one'],
    ['has a call that is no object', '{"calls":["a"]}', 'calls[0] is not an object'],
    ['has a call without an id', '{"calls":[{"tool":"echo"}]}', 'calls[0] has no "id"'],
    ['has a call without a tool', '{"calls":[{"id":"a"}]}', 'does not say which "tool"'],
    ['has a call with odd arguments', '{"calls":[{"id":"a","tool":"echo","args":[]}]}', 'an object as its "args"'],
    [
      'has a call with an odd order',
      '{"calls":[{"id":"a","tool":"echo","after":"b"}]}',
      'at most 100 ids as its "after"',
    ],
    [
      'has a call that comes after too many',
      JSON.stringify({ calls: [{ id: 'a', tool: 'echo', after: Array.from({ length: 101 }, (_, n) => n) }] }),
      'at most 100 ids',
    ],
    ['has two calls of one id', '{"calls":[{"id":"1","tool":"echo"},{"id":1,"tool":"echo"}]}', 'the id "1"'],
    ['holds a plan', '{"calls":[{"id":"a","tool":"echo"},{"id":"b","tool":"run_plan"}]}', 'call "b" is a plan itself'],
    ['asks for odd results', '{"calls":[{"id":"a","tool":"echo"}],"return":{}}', '"return" must be a list'],
    ['has too many calls', JSON.stringify({ calls: Array.from({ length: 101 }, () => 0) }), '101 calls, and 100'],
    ['is nested too deep', `{"calls":[{"id":"a","args":${'['.repeat(70)}${']'.repeat(70)}}]}`, 'levels deep'],
  ])('that %s is refused as a whole, and nothing of it is run', async (_what, argumentsText, problem) => {
    const { turn, started, ended } = planningTurn([echo]);
    const [outcome] = await turn.settle([call('plan', 'run_plan', argumentsText)]);
    expect(outcome).toMatchObject({ code: 'invalid_arguments', message: expect.stringContaining(problem) });
    expect([started(), ended()]).toEqual([['plan'], ['plan']]);
  });

  it('may have as many calls as it says, all at once', async () => {
    let running = 0;
    const gate = Promise.withResolvers<void>();
    const { turn } = planningTurn([toolOf('hold', () => ++running && gate.promise)], {
      toolConcurrency: 200,
      turnConcurrency: 100,
    });
    const nodes = Array.from({ length: 100 }, (_, n) => ({ id: `n${n}`, tool: 'hold', args: {} }));
    const outcomes = turn.settle([planCall(nodes)]);
    await settle();
    expect(running).toBe(100);
    gate.resolve();
    expect(await outcomes).toHaveLength(1);
  });

  it('holds no slot itself, so that its calls can have the only one', async () => {
    const { turn } = planningTurn([echo], { toolConcurrency: 1 });
    const nodes = [
      { id: 'a', tool: 'echo', args: { value: 1 } },
      { id: 'b', tool: 'echo', args: { value: '$a' } },
    ];
    const outcomes = await turn.settle([planCall(nodes, ['b'], 'one'), planCall(nodes, ['b'], 'two')]);
    expect(outcomes.map((outcome) => outcome.kind === 'ok' && outcome.output)).toEqual([
      { results: { b: 1 } },
      { results: { b: 1 } },
    ]);
  });

  it.each([
    ['of the run', { toolConcurrency: 2 }],
    ['of its turn', { turnConcurrency: 2 }],
  ])('never has more calls running, with those beside it, than there are slots %s', async (_whose, options) => {
    const gates: PromiseWithResolvers<void>[] = [];
    const hold = toolOf('hold', () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    const { turn } = planningTurn([hold], options);
    const outcomes = turn.settle([
      call('beside', 'hold'),
      planCall(['a', 'b'].map((id) => ({ id, tool: 'hold', args: {} }))),
    ]);
    await settle();
    expect(gates).toHaveLength(2);
    gates[0]?.resolve();
    await settle();
    expect(gates).toHaveLength(3);
    for (const gate of gates) gate.resolve();
    await outcomes;
  });

  it('starts the longest remaining path first where there are not enough slots', async () => {
    const clock = new FakeClock();
    const starts: string[] = [];
    const durations = new Durations(
      new Map([
        ['short', 10],
        ['long', 1000],
      ]),
    );
    const noted = ['short', 'long'].map((name) => toolOf(name, ({ n }) => void starts.push(String(n))));
    const open = openTurns(clock, () => {}, { toolConcurrency: 1, durations });
    const turn = open([...noted, runPlanTool], {
      conversation: 'p1',
      turn: 1,
      agent: 'main',
      signal: new AbortController().signal,
    });
    await turn.settle([
      planCall([
        { id: 'x', tool: 'short', args: { n: 'first come' } },
        { id: 'y', tool: 'short', args: { n: 'alone' } },
        { id: 'z', tool: 'short', args: { n: 'before long' } },
        { id: 'w', tool: 'long', args: { n: 'long' }, after: ['z'] },
      ]),
    ]);
    expect(starts.slice(0, 2)).toEqual(['first come', 'before long']);
  });

  it('runs one call after the other where the calls of a turn do', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const hold = toolOf('hold', () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    const { turn } = planningTurn([hold], { inOrder: true, eager: false });
    const outcomes = turn.settle([planCall(['a', 'b'].map((id) => ({ id, tool: 'hold', args: {} })))]);
    await settle();
    expect(gates).toHaveLength(1);
    gates[0]?.resolve();
    await settle();
    gates[1]?.resolve();
    await outcomes;
    expect(gates).toHaveLength(2);
  });

  it('is told with the time of its calls as waiting, so that no time counts twice', async () => {
    const planning = planningTurn([slowOn(() => planning.clock)]);
    const { turn, clock, events } = planning;
    const outcomes = turn.settle([planCall([{ id: 'a', tool: 'slow', args: { ms: 100 } }])]);
    await clock.advance(100);
    await outcomes;
    const ends = events.filter((event) => event.kind === 'tool_end');
    expect(ends).toMatchObject([
      { callId: 'plan.a', name: 'slow', tookMs: 100, waits: {} },
      { callId: 'plan', name: 'run_plan', tookMs: 0, waits: { dependency: 100 } },
    ]);
  });

  it('tells its calls by ids that are short enough and differ', async () => {
    const { turn, started } = planningTurn([echo]);
    const long = 'x'.repeat(80);
    await turn.settle([planCall([`${long}1`, `${long}2`, 's'].map((id) => ({ id, tool: 'echo', args: {} })))]);
    expect(new Set(started()).size).toBe(4);
    expect(started().every((id) => id.length <= 64)).toBe(true);
  });

  it('gives each call a key of its own, the same each time, and none that a call of the turn has', async () => {
    const keysOf = async () => {
      const keys: string[] = [];
      const { turn } = planningTurn([toolOf('keep', (_args, { callKey }) => void keys.push(callKey))]);
      const nodes = ['a', 'b'].map((id) => ({ id, tool: 'keep', args: {} }));
      await turn.settle([call('x', 'keep'), planCall(nodes), planCall(nodes, [], 'again')]);
      return keys;
    };
    const keys = await keysOf();
    expect(new Set(keys).size).toBe(5);
    expect(await keysOf()).toEqual(keys);
  });

  it('is one call among others, which may use its results', async () => {
    const { turn } = planningTurn([echo]);
    const outcomes = await turn.settle([
      call('user', 'echo', { value: { $call: 'plan', path: 'results.b' } }),
      planCall([
        { id: 'user', tool: 'echo', args: { value: 1 } },
        { id: 'b', tool: 'echo', args: { value: { $call: 'user' } } },
      ]),
    ]);
    expect(outcomes).toMatchObject([
      { callId: 'user', output: 1 },
      { callId: 'plan', output: { results: { b: 1 } } },
    ]);
  });

  it('is cancelled with its conversation, and so are its calls', async () => {
    const { turn, abort, started, ended } = planningTurn([toolOf('never', () => new Promise(() => {})), echo]);
    const outcomes = turn.settle([
      planCall([
        { id: 'a', tool: 'never', args: {} },
        { id: 'b', tool: 'echo', args: { value: '$a' } },
      ]),
    ]);
    await settle();
    abort.abort();
    expect(await outcomes).toMatchObject([{ callId: 'plan', code: 'cancelled' }]);
    expect(ended().toSorted()).toEqual(started().toSorted());
    expect(await turn.settle([planCall([{ id: 'a', tool: 'echo', args: {} }], [], 'late')])).toMatchObject([
      { code: 'cancelled' },
    ]);
    expect(started()).not.toContain('late');
  });

  it('is an unknown tool to an agent that is not offered plans', async () => {
    const open = openTurns(new FakeClock(), () => {});
    const turn = open([echo], { conversation: 'p1', turn: 1, agent: 'main', signal: new AbortController().signal });
    expect(await turn.settle([planCall([{ id: 'a', tool: 'echo', args: {} }])])).toMatchObject([
      { code: 'unknown_tool' },
    ]);
  });

  it('teaches its format by an example that runs', async () => {
    const example = /Example: (\{.*\})$/s.exec(runPlanSpec.description)?.[1] ?? '';
    const { turn } = planningTurn([
      toolOf('find_user', () => ({ id: 7 })),
      toolOf('list_orders', (args) => ({ amounts: [args['user_id'] ?? null, 3] })),
      toolOf('sum', ({ numbers }) => (numbers as number[]).reduce((a, b) => a + b)),
    ]);
    expect(shownOf(await turn.settle([call('plan', 'run_plan', example)]))).toEqual({ results: { total: 10 } });
  });
});
