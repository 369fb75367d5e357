import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/async/virtual-clock.ts';
import type { Cassette, CassetteRecord, RecordedCall } from '../../src/contract/cassette.ts';
import type { RunEventBody } from '../../src/contract/event.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import type { Tool, ToolPolicy } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import type { LayerOptions } from '../../src/tools/layers.ts';
import { replayOf } from '../run/cassette/support.ts';
import { openTurns } from '../support/open-turns.ts';
import { call } from '../support/scripted-model.ts';

function tool(name: string, policy: Partial<ToolPolicy>, run: Tool['run']): Tool {
  return defineTool({ name, description: '', parameters: { type: 'object' }, policy, run });
}

/** The same tool, which must not run. */
function absent({ spec, policy }: Tool): Tool {
  return tool(spec.name, policy, () => expect.unreachable(`${spec.name} ran`));
}

/** One turn of these calls by a virtual clock: outcomes, what was told, how long it took. */
async function turn(
  tools: readonly Tool[],
  calls: readonly ToolCall[],
  { clock = new VirtualClock(), ...layers }: Partial<LayerOptions> = {},
) {
  const events: RunEventBody[] = [];
  const { signal } = new AbortController();
  const open = openTurns(clock, (event) => events.push(event), { ...layers, eager: false });
  const outcomes = await open(tools, { conversation: 'p1', turn: 1, agent: 'main', signal }).settle(calls);
  return { outcomes, events, tookMs: clock.now() };
}

/** What is recorded while these calls run. */
async function record(makeTools: (clock: VirtualClock) => readonly Tool[], calls: readonly ToolCall[], layers = {}) {
  const written: CassetteRecord[] = [];
  const recorder = { underWay: new Set<() => void>(), write: (record: CassetteRecord) => written.push(record) };
  const clock = new VirtualClock();
  const tools = makeTools(clock);
  const live = await turn(tools, calls, { ...layers, clock, cassette: { use: 'record', recorder } });
  return { tools, live, written, calls: written.filter((each): each is RecordedCall => each.kind === 'tool') };
}

test('A replay gives each call the outcome and the time that it had, and runs no tool', async () => {
  const calls = [call('a', 'brew', { ms: 100 }), call('b', 'brew', { ms: 250 }), call('c', 'spill')];
  const recorded = await record(
    (clock) => [
      tool('brew', {}, async (args) => {
        const { ms } = args as { ms: number };
        await clock.sleep(ms);
        return { tea: ms };
      }),
      tool('spill', {}, () => Promise.reject(new Error('wet'))),
    ],
    calls,
  );
  using tape = await replayOf(recorded.calls);
  const cassette: Cassette = { use: 'replay', player: tape.replay };
  const replayed = await turn(recorded.tools.map(absent), calls, { cassette });
  expect(replayed).toEqual(recorded.live);
  expect(replayed.tookMs).toBe(250);
  tape.replay.rewind();
  const oneAtATime = await turn(recorded.tools.map(absent), calls, { cassette, toolConcurrency: 1 });
  expect(oneAtATime.outcomes).toEqual(recorded.live.outcomes);
  expect(oneAtATime.tookMs).toBe(350);
});

test('Each attempt is a recording of its own, with timeouts as they were', async () => {
  let attempts = 0;
  const policy = { effect: 'read', retry: { attempts: 3 }, timeoutMs: 1000 } as const;
  const recorded = await record(
    (clock) => [
      tool('look', policy, () => {
        attempts += 1;
        if (attempts === 1) throw new Error('dark');
        return attempts === 2 ? clock.sleep(60_000) : 'a bird';
      }),
    ],
    [call('a', 'look')],
  );
  expect(
    recorded.calls.map(({ outcome, tookMs }) => [outcome.kind === 'failed' ? outcome.code : outcome.kind, tookMs]),
  ).toEqual([
    ['threw', 0],
    ['timeout', 1000],
    ['ok', 0],
  ]);
  using tape = await replayOf(recorded.calls);
  const replayed = await turn(recorded.tools.map(absent), [call('a', 'look')], {
    cassette: { use: 'replay', player: tape.replay },
  });
  expect(replayed).toEqual(recorded.live);
});

test('A call that is cancelled leaves its recording to the next', async () => {
  const recorded = await record(
    (clock) => [tool('look', { effect: 'read' }, () => clock.sleep(500))],
    [call('a', 'look')],
  );
  using tape = await replayOf(recorded.calls);
  const clock = new VirtualClock();
  const cassette: Cassette = { use: 'replay', player: tape.replay };
  const open = openTurns(clock, () => {}, { cassette });
  const look = recorded.tools.map(absent);
  const { signal } = new AbortController();
  const first = open(look, { conversation: 'p1', turn: 1, agent: 'main', signal });
  first.add(call('a', 'look'));
  await clock.sleep(100);
  await first.discard();
  const again = open(look, { conversation: 'p1', turn: 1, agent: 'main', signal });
  expect(await again.settle([call('b', 'look')])).toMatchObject([{ kind: 'ok', callId: 'b' }]);
  expect(clock.now()).toBe(600);
});

test('A call without a recording fails, and is not made again', async () => {
  using tape = await replayOf([]);
  const retried = tool('look', { effect: 'read', retry: { attempts: 3 } }, () => expect.unreachable());
  const { outcomes, events } = await turn([retried], [call('a', 'look')], {
    cassette: { use: 'replay', player: tape.replay },
  });
  expect(outcomes).toMatchObject([
    { kind: 'failed', code: 'not_run', message: expect.stringContaining('no tool calls') },
  ]);
  expect(events.map(({ kind }) => kind)).toEqual(['tool_start', 'tool_end']);
});

test('What a person said is replayed, with the time that it took, and nobody is asked', async () => {
  const calls = [call('a', 'pay'), call('b', 'pay')];
  const clock = new VirtualClock();
  const recorded = await record(() => [tool('pay', { approval: true }, () => 'paid')], calls, {
    ask: async ({ callId }: ToolCall) => {
      // The clock of the recording is another one: what is asked of it here takes none of its time.
      await clock.sleep(1);
      return callId === 'a' ? 'no' : 'yes';
    },
  });
  const decisions = recorded.written.filter((each) => each.kind === 'approval');
  expect(decisions.map(({ callId, decision }) => [callId, decision])).toEqual([
    ['a', 'no'],
    ['b', 'yes'],
  ]);
  using tape = await replayOf([...decisions.map((each) => ({ ...each, tookMs: 5000 })), ...recorded.calls]);
  const ask = () => expect.unreachable('somebody was asked');
  const replayed = await turn(recorded.tools.map(absent), calls, {
    ask,
    cassette: { use: 'replay', player: tape.replay },
  });
  expect(replayed.outcomes).toEqual(recorded.live.outcomes);
  expect(replayed.outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.code : outcome.kind))).toEqual([
    'not_approved',
    'ok',
  ]);
  expect(replayed.tookMs).toBe(10_000);
});
