import { describe, expect, it } from 'vitest';
import type { BodyOf, RunEventBody } from '../../src/contract/event.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import type { Tool, ToolContext, ToolPolicy } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { Durations } from '../../src/tools/durations.ts';
import type { LayerOptions } from '../../src/tools/layers.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { openTurns } from '../support/open-turns.ts';
import { call } from '../support/scripted-model.ts';

/** Tools over which several conversations may have turns, with all they tell. */
function running(tools: readonly Tool[], options: Partial<LayerOptions> & { durations?: Durations } = {}) {
  const clock = new FakeClock();
  const events: RunEventBody[] = [];
  const open = openTurns(clock, (event) => void events.push(event), options);
  const turn = (conversation = 'p1', signal = new AbortController().signal) =>
    open(tools, { conversation, turn: 1, agent: 'main', signal });
  const settleCalls = (calls: readonly ToolCall[], conversation?: string) => turn(conversation).settle(calls);
  const only = <K extends RunEventBody['kind']>(kind: K) =>
    events.filter((event): event is BodyOf<K> => event.kind === kind);
  const order = () => only('tool_start').map(({ callId }) => callId);
  return { clock, turn, settle: settleCalls, events, only, order };
}

function tool(name: string, policy: Partial<ToolPolicy>, run: (args: never, context: ToolContext) => unknown): Tool {
  return defineTool({ name, description: '', parameters: { type: 'object' }, policy, run });
}

describe('A lock', () => {
  it('lets calls of any conversation that name it run one after the other, and says that they waited for it', async () => {
    const held: string[] = [];
    const {
      clock,
      settle: calls,
      only,
    } = running([
      tool('write', { locks: ['file:{path}'] }, async ({ path }: { path: string }) => {
        held.push(path);
        expect(held.filter((other) => other === path)).toHaveLength(1);
        await clock.sleep(100);
        held.splice(held.indexOf(path), 1);
      }),
    ]);
    const all = Promise.all([
      calls([call('a', 'write', { path: 'x' }), call('b', 'write', { path: 'y' })], 'p1'),
      calls([call('c', 'write', { path: 'x' })], 'p2'),
    ]);
    await clock.advance(200);
    expect((await all).flat().every(({ kind }) => kind === 'ok')).toBe(true);
    expect(only('tool_start').map(({ callId, waits }) => [callId, waits])).toEqual([
      ['a', {}],
      ['b', {}],
      ['c', { lock: 100 }],
    ]);
  });

  it('may be shared by readers and excludes a writer', async () => {
    let readers = 0;
    const {
      clock,
      settle: calls,
      order,
    } = running([
      tool('read', { locks: () => [{ name: 'db', mode: 'shared' }] }, () => {
        readers += 1;
        return clock.sleep(100).then(() => {
          readers -= 1;
        });
      }),
      tool('write', { locks: ['db'] }, () => expect(readers).toBe(0)),
    ]);
    const all = calls([call('r1', 'read'), call('r2', 'read'), call('w', 'write'), call('r3', 'read')]);
    await settle();
    expect(order()).toEqual(['r1', 'r2']);
    await clock.advance(200);
    await all;
    expect(order()).toEqual(['r1', 'r2', 'w', 'r3']);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no such thing');
      },
      'no such thing',
    ],
    ['is asynchronous', async () => ['db'], 'gave no list'],
    ['gives no list', () => [{ name: 'db' }], 'gave no list'],
    ['gives nothing', () => undefined, 'gave no list'],
  ])('that cannot be told, because its function %s, fails its call, which is told', async (_, locks, problem) => {
    const { settle: calls, only } = running([tool('a', { locks: locks as () => string[] }, () => 1)]);
    const [outcome] = await calls([call('a', 'a')]);
    expect(outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining(problem) });
    expect([...only('tool_start'), ...only('tool_end')]).toMatchObject([{ callId: 'a' }, { callId: 'a', outcome }]);
  });

  it('is waited for without a slot', async () => {
    const gate = Promise.withResolvers<void>();
    const { settle: calls, order } = running(
      [tool('locked', { locks: ['x'] }, () => gate.promise), tool('free', {}, () => 1)],
      { toolConcurrency: 2 },
    );
    const all = calls([call('a', 'locked'), call('b', 'locked'), call('c', 'free')]);
    await settle();
    expect(order().toSorted()).toEqual(['a', 'c']);
    gate.resolve();
    await all;
  });
});

describe('A retry', () => {
  const flaky = (failures: number, policy: Partial<ToolPolicy>) => {
    let runs = 0;
    return tool('flaky', policy, () => {
      runs += 1;
      if (runs <= failures) throw new Error(`no ${runs}`);
      return runs;
    });
  };

  it('is made after a wait that doubles, told each time, and held no slot meanwhile', async () => {
    const {
      clock,
      settle: calls,
      only,
    } = running(
      [flaky(2, { effect: 'idempotent', retry: { attempts: 3, backoffMs: 100 } }), tool('other', {}, () => 1)],
      { toolConcurrency: 1 },
    );
    const outcome = calls([call('a', 'flaky')]);
    await settle();
    expect(await calls([call('b', 'other')], 'p2')).toMatchObject([{ kind: 'ok' }]);
    await clock.advance(300);
    expect(await outcome).toEqual([{ kind: 'ok', callId: 'a', output: 3 }]);
    expect(only('tool_retry').map(({ attempt, waitMs }) => [attempt, waitMs])).toEqual([
      [1, 100],
      [2, 200],
    ]);
    expect(only('tool_start').filter(({ callId }) => callId === 'a')).toHaveLength(1);
    expect(only('tool_end').at(-1)).toMatchObject({ tookMs: 0, waits: { retry: 300 } });
  });

  it('ends with the last failure', async () => {
    const { clock, settle: calls } = running([flaky(9, { effect: 'read', retry: { attempts: 2, backoffMs: 10 } })]);
    const outcome = calls([call('a', 'flaky')]);
    await clock.advance(1000);
    expect(await outcome).toMatchObject([{ kind: 'failed', message: 'Tool "flaky" failed: no 2' }]);
  });

  it('is refused to a tool that is unsafe, where it is defined', () => {
    expect(() => flaky(1, { retry: { attempts: 2 } })).toThrow('an unsafe tool runs at most once');
  });
});

describe('Equal calls of a pure tool', () => {
  const counted = (policy: Partial<ToolPolicy> = {}) => {
    let runs = 0;
    const pure = tool('pure', { effect: 'pure', ...policy }, async (args: { x?: number }) => {
      runs += 1;
      if (args.x === 13) throw new Error('bad luck');
      return `${args.x} ${runs}`;
    });
    return { pure, runs: () => runs };
  };

  it('run once, over all conversations and whatever the order of their arguments’ keys', async () => {
    const { pure, runs } = counted();
    const { settle: calls, only } = running([pure]);
    const outcomes = await Promise.all([
      calls([call('a', 'pure', '{"x":1,"y":2}')], 'p1'),
      calls([call('b', 'pure', '{"y":2,"x":1}')], 'p2'),
    ]);
    const later = await calls([call('c', 'pure', '{"x":1,"y":2}')], 'p3');
    expect([...outcomes, later].flat()).toEqual(
      ['a', 'b', 'c'].map((callId) => ({ kind: 'ok', callId, output: '1 1' })),
    );
    expect(runs()).toBe(1);
    expect(only('tool_end').map(({ shared }) => shared?.conversation)).toEqual([undefined, 'p1', 'p1']);
  });

  it('run again after a failure, after their time, and where nothing may be shared', async () => {
    const { pure, runs } = counted({ cache: { scope: 'run', ttlMs: 50 } });
    const { clock, settle: calls } = running([pure]);
    expect(await calls([call('a', 'pure', { x: 13 })])).toMatchObject([{ kind: 'failed' }]);
    await calls([call('b', 'pure', { x: 13 })]);
    expect(runs()).toBe(2);
    await calls([call('c', 'pure', { x: 1 })]);
    await clock.advance(51);
    await calls([call('d', 'pure', { x: 1 })]);
    expect(runs()).toBe(4);
    const alone = counted();
    const { settle: unshared } = running([alone.pure], { shares: false });
    await unshared([call('a', 'pure'), call('b', 'pure')]);
    expect(alone.runs()).toBe(2);
  });

  it('may be shared within a conversation only, or not at all', async () => {
    for (const [cache, expected] of [
      [{ scope: 'conversation' }, 2],
      [false, 3],
    ] as const) {
      const { pure, runs } = counted({ cache });
      const { settle: calls } = running([pure]);
      await Promise.all([calls([call('a', 'pure'), call('b', 'pure')], 'p1'), calls([call('c', 'pure')], 'p2')]);
      expect(runs()).toBe(expected);
    }
  });

  it('go on for the others when the conversation that ran them is cancelled', async () => {
    const gate = Promise.withResolvers<string>();
    const { turn, settle: calls } = running([tool('pure', { effect: 'pure' }, () => gate.promise)]);
    const abort = new AbortController();
    const first = turn('p1', abort.signal).settle([call('a', 'pure')]);
    await settle();
    const second = calls([call('b', 'pure')], 'p2');
    await settle();
    abort.abort();
    expect(await first).toMatchObject([{ code: 'cancelled' }]);
    gate.resolve('there');
    expect(await second).toEqual([{ kind: 'ok', callId: 'b', output: 'there' }]);
  });
});

describe('A tool', () => {
  it('runs as often at once as its concurrency allows', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const { settle: calls, order } = running([
      tool('narrow', { concurrency: 1 }, () => {
        gates.push(Promise.withResolvers());
        return gates.at(-1)?.promise;
      }),
    ]);
    const all = Promise.all([calls([call('a', 'narrow'), call('b', 'narrow')]), calls([call('c', 'narrow')], 'p2')]);
    for (let done = 0; done < 3; done++) {
      await settle();
      expect(order()).toHaveLength(done + 1);
      gates[done]?.resolve();
    }
    await all;
  });

  it('starts as often in a time as its rate allows', async () => {
    const { clock, settle: calls, only } = running([tool('rare', { rate: { calls: 2, perMs: 1000 } }, () => 1)]);
    const all = calls(['a', 'b', 'c', 'd', 'e'].map((id) => call(id, 'rare')));
    await clock.advance(2000);
    await all;
    expect(only('tool_start').map(({ waits }) => waits.rate ?? 0)).toEqual([0, 0, 1000, 1000, 2000]);
  });

  it('keeps its rate also where its calls could start long before they get a slot', async () => {
    const rare = tool('rare', { rate: { calls: 2, perMs: 1000 } }, () => 1);
    const long = tool('long', { priority: 1 }, () => clock.sleep(10_000));
    const { clock, settle: calls, events } = running([long, rare], { toolConcurrency: 1 });
    const starts: number[] = [];
    const all = calls([call('l', 'long'), ...['a', 'b', 'c', 'd'].map((id) => call(id, 'rare'))]);
    for (let seen = 0; clock.now() < 11_000; ) {
      await clock.advance(1000);
      for (const event of events.slice(seen)) if (event.kind === 'tool_start') starts.push(clock.now());
      seen = events.length;
    }
    await all;
    expect(starts).toEqual([1000, 10_000, 10_000, 11_000, 11_000]);
  });

  it('that must come after another in its turn does, whatever the order of the calls', async () => {
    const { settle: calls, order } = running([
      tool('save', { after: ['edit'] }, () => 'saved'),
      tool('edit', {}, () => 'edited'),
    ]);
    expect(await calls([call('s', 'save'), call('e', 'edit')])).toMatchObject([{ callId: 's' }, { callId: 'e' }]);
    expect(order()).toEqual(['e', 's']);
  });

  it('that needs approval runs only with a yes, asked one at a time', async () => {
    const asked: string[] = [];
    const { settle: calls } = running([tool('send', { approval: true }, () => 'sent')], {
      ask: async ({ callId }) => {
        asked.push(callId);
        await settle();
        expect(asked.at(-1)).toBe(callId);
        return callId === 'a' ? 'yes' : 'no';
      },
    });
    expect(await calls([call('a', 'send'), call('b', 'send')])).toMatchObject([
      { kind: 'ok', output: 'sent' },
      { kind: 'failed', code: 'not_approved', message: expect.stringContaining('refused') },
    ]);
    const { settle: unattended } = running([tool('send', { approval: true }, () => 'sent')]);
    expect(await unattended([call('a', 'send')])).toMatchObject([
      { code: 'not_approved', message: expect.stringContaining('nobody can be asked') },
    ]);
  });
});

describe('Calls of one turn', () => {
  const chain = () =>
    running([
      tool('make', { effect: 'read' }, async () => ({ list: [{ id: 7 }], text: '{"deep":{"x":[1,2]}}' })),
      tool('use', { effect: 'read' }, async (args) => args),
      tool('fail', { effect: 'read' }, async () => {
        throw new Error('broken');
      }),
    ]);

  it('may refer to each other’s results by id, by tool and by position, with a path', async () => {
    const { settle: calls, order } = chain();
    const outcomes = await calls([
      call('u1', 'use', { id: { $call: 'm', path: 'list[0].id' } }),
      call('m', 'make'),
      call('u2', 'use', { all: [{ $call: 'make', path: 'list.0' }, 'kept'] }),
      call('u3', 'use', { again: { $call: '1' } }),
    ]);
    expect(outcomes.map((outcome) => outcome.kind === 'ok' && outcome.output)).toMatchObject([
      { id: 7 },
      { list: [{ id: 7 }] },
      { all: [{ id: 7 }, 'kept'] },
      { again: { id: 7 } },
    ]);
    expect(order()[0]).toBe('m');
  });

  it('that need a failed one are not run, and say so', async () => {
    const { settle: calls, order } = chain();
    const outcomes = await calls([
      call('f', 'fail'),
      call('u', 'use', { x: { $call: 'f' } }),
      call('v', 'use', { x: { $call: 'u' } }),
      call('ok', 'make'),
    ]);
    expect(outcomes).toMatchObject([
      { code: 'threw' },
      { code: 'dependency_failed', message: expect.stringContaining('call f, which failed') },
      { code: 'dependency_failed', message: expect.stringContaining('call u') },
      { kind: 'ok' },
    ]);
    expect(order()).toContain('ok');
  });

  it('that wait for each other, refer to nothing or lead nowhere are told so', async () => {
    const { settle: calls } = chain();
    const outcomes = await calls([
      call('a', 'use', { x: { $call: 'b' } }),
      call('b', 'use', { x: { $call: 'a' } }),
      call('c', 'use', { x: { $call: 'nothing' } }),
      call('m', 'make'),
      call('d', 'use', { x: { $call: 'm', path: 'list[9]' } }),
      call('e', 'use', { x: { $call: 'a' } }),
    ]);
    expect(outcomes).toMatchObject([
      { code: 'dependency_failed', message: expect.stringMatching(/wait for each other: .*a.*b/) },
      { code: 'dependency_failed', message: expect.stringContaining('wait for each other') },
      { code: 'dependency_failed', message: expect.stringContaining('no call "nothing"') },
      { kind: 'ok' },
      { code: 'dependency_failed', message: expect.stringContaining('nothing at "list[9]"') },
      { code: 'dependency_failed', message: expect.stringContaining('call a, which failed') },
    ]);
  });

  it('hold no slot while they wait for each other', async () => {
    const { settle: calls } = running([tool('use', {}, async (args) => args)], { toolConcurrency: 1 });
    const outcomes = await calls([
      call('c', 'use', { x: { $call: 'b' } }),
      call('b', 'use', { x: { $call: 'a' } }),
      call('a', 'use'),
    ]);
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
  });

  it('start early in the stream with what earlier ones bring', async () => {
    const { turn, order } = chain();
    const open = turn();
    open.add(call('m', 'make'));
    open.add(call('u', 'use', { x: { $call: 'm', path: 'list[0].id' } }));
    await settle();
    expect(order()).toEqual(['m', 'u']);
    expect(
      await open.settle([call('m', 'make'), call('u', 'use', { x: { $call: 'm', path: 'list[0].id' } })]),
    ).toMatchObject([{ kind: 'ok' }, { output: { x: 7 } }]);
  });
});

describe('Where there are not enough slots', () => {
  it('higher priorities go first, then the longest path that is left, by what was observed', async () => {
    const durations = new Durations(
      new Map([
        ['short', 10],
        ['long', 1000],
      ]),
    );
    const gate = Promise.withResolvers<void>();
    const { settle: calls, order } = running(
      [
        tool('first', {}, () => gate.promise),
        tool('short', {}, () => 1),
        tool('long', {}, () => 1),
        tool('urgent', { priority: 1 }, () => 1),
      ],
      { toolConcurrency: 1, durations },
    );
    const all = Promise.all([
      calls([call('f', 'first')], 'p0'),
      calls([call('s', 'short')], 'p1'),
      calls([call('l', 'long'), call('then', 'long', { x: { $call: 'l' } })], 'p2'),
      calls([call('u', 'urgent')], 'p3'),
    ]);
    await settle();
    gate.resolve();
    await all;
    expect(order().slice(0, 3)).toEqual(['f', 'u', 'l']);
  });

  it('a chain is not held up halfway: its calls have waited since they were asked for', async () => {
    const work = (ms: number) => () => clock.sleep(ms);
    const durations = new Durations(
      new Map([
        ['short', 20],
        ['long', 100],
      ]),
    );
    const tools = [tool('short', {}, work(20)), tool('long', {}, work(100))];
    const { clock, settle: calls, only } = running(tools, { toolConcurrency: 2, durations });
    const chain = ['l0', 'l1', 'l2'].map((id, n) => call(id, 'long', n > 0 ? { after: { $call: `l${n - 1}` } } : {}));
    const all = [
      ...Array.from({ length: 30 }, (_, n) => calls([call(`s${n}`, 'short')], `p${n}`)),
      calls(chain, 'chain'),
    ];
    await clock.advance(1000);
    await Promise.all(all);
    const waits = only('tool_start').filter(({ name }) => name === 'long');
    expect(waits.map((start) => start.waits)).toEqual([{ slot: 20 }, { dependency: 120 }, { dependency: 220 }]);
  });
});
