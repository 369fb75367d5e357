import { expect, it } from 'vitest';
import { defineAgent } from '../../../src/agent/define-agent.ts';
import type { VirtualClock } from '../../../src/async/virtual-clock.ts';
import { predict } from '../../../src/bench/whatif/predict.ts';
import { predictMiddle } from '../../../src/bench/whatif/predict-middle.ts';
import { ReplayPlayer } from '../../../src/bench/whatif/replay-player.ts';
import type { RunEvent } from '../../../src/contract/event.ts';
import type { ToolPolicy } from '../../../src/contract/tool.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import type { Team } from './support.ts';
import { asked, end, reallyRun, recorded, someMs, worldFor, worldOf } from './support.ts';

/** Two turns of tools that read, compute the same for several, hold locks and keep to a rate; then another agent answers. */
const team: Team = {
  prompts: 24,
  agents: (clock) => {
    const tools = [
      napping(clock, 'look', { effect: 'read' }),
      napping(clock, 'compute', { effect: 'pure' }),
      napping(clock, 'write', { effect: 'unsafe', locks: ['{what}'] }),
      napping(clock, 'ask', { effect: 'read', rate: { calls: 2, perMs: 100 }, concurrency: 3 }),
    ];
    const writer = defineAgent({ name: 'writer', instructions: '', tools });
    return [defineAgent({ name: 'main', instructions: '', tools, handoffs: [writer] }), writer];
  },
  script: async function* (conversation, turn, clock) {
    const number = Number(conversation.slice(1));
    const tookMs = someMs(`${conversation} ${turn}`, 100);
    if (turn === 1) {
      await clock.sleep(tookMs / 2);
      yield asked(conversation, turn, 'look', { what: conversation });
      yield asked(conversation, turn, 'compute', { what: `${number % 7}` });
      await clock.sleep(tookMs / 2);
      yield asked(conversation, turn, 'write', { what: `${number % 3}` });
    } else if (turn === 2) {
      await clock.sleep(tookMs);
      yield asked(conversation, turn, 'ask', { what: conversation });
      yield asked(conversation, turn, 'transfer_to_writer', {});
    } else await clock.sleep(tookMs);
    yield end({ text: turn > 2 ? 'Done.' : '' });
  },
};

function napping(clock: VirtualClock, name: string, policy: ToolPolicy) {
  return defineTool({
    name,
    description: '',
    parameters: { type: 'object' },
    policy,
    run: async ({ what }) => {
      await clock.sleep(someMs(`${name} ${what}`, 60));
      return what;
    },
  });
}

it('predicts from one run how long others really take: refusals, slots, locks, rates, shared results, handoffs', async () => {
  const { events, wallMs } = await reallyRun(team, { concurrency: 4, toolConcurrency: 8 });
  const at = (concurrency: number, toolConcurrency: number) =>
    predict(
      recorded(events),
      { concurrency, toolConcurrency },
      worldOf(events, team, { concurrency, toolConcurrency }),
    );
  const own = await at(4, 8);
  expect(own.done).toBe(24);
  expect(own.strays).toBe(0);
  expect(off(own.wallMs, wallMs)).toBeLessThan(0.001);
  for (const [concurrency, toolConcurrency] of [
    [1, 8],
    [8, 2],
    [16, 64],
  ] as const) {
    const real = await reallyRun(team, { concurrency, toolConcurrency });
    const predicted = await at(concurrency, toolConcurrency);
    expect(predicted.strays).toBe(0);
    expect(off(predicted.wallMs, real.wallMs)).toBeLessThan(0.05);
  }
});

it('predicts what a rate that was not there would do', async () => {
  const { events } = await reallyRun(team, { concurrency: 4, toolConcurrency: 64 });
  const setting = { concurrency: 8, toolConcurrency: 64 };
  const held = { ...team, rpm: 30 };
  const real = await reallyRun(held, setting);
  const predicted = await predict(recorded(events), setting, worldOf(events, held, setting));
  expect(real.wallMs).toBeGreaterThan(60_000);
  expect(off(predicted.wallMs, real.wallMs)).toBeLessThan(0.02);
});

it('adds our own work where nothing else of a conversation went on', async () => {
  const { events, wallMs } = await reallyRun(team, { concurrency: 1, toolConcurrency: 64 });
  // The same with 5 ms of work after each event: as slow as a busy machine.
  const slow = events.map((event, index) => ({ ...event, atMs: event.atMs + 5 * index }));
  const setting = { concurrency: 1, toolConcurrency: 64 };
  const predicted = await predict(recorded(slow), setting, worldOf(slow, team, setting));
  expect(recorded(slow).wallMs).toBeGreaterThan(wallMs + 1000);
  expect(off(predicted.wallMs, recorded(slow).wallMs)).toBeLessThan(0.02);
});

it('predicts the middle of several where requests were refused, and between what times it lies', async () => {
  const { events, wallMs } = await reallyRun(team, { concurrency: 4, toolConcurrency: 8 });
  const middleAt = (told: readonly RunEvent[], concurrency: number) => {
    const setting = { concurrency, toolConcurrency: 8 };
    return predictMiddle(recorded(told), setting, (work) => worldFor(work, team, setting));
  };
  const own = await middleAt(events, 4);
  expect(off(own.wallMs, wallMs)).toBeLessThan(0.001);
  const { wallMs: otherMs, range: { leastMs, mostMs } = { leastMs: 0, mostMs: 0, of: 0 } } = await middleAt(events, 16);
  expect(leastMs).toBeLessThan(mostMs);
  expect(otherMs).toBeGreaterThanOrEqual(leastMs);
  expect(otherMs).toBeLessThanOrEqual(mostMs);
  const unrefused = events.map((event) =>
    event.kind === 'model_retry' ? { ...event, code: 'server' as const } : event,
  );
  expect((await middleAt(unrefused, 16)).range).toBeUndefined();
});

it('lets conversations that start at once ask in the order in which they start, though later ones were ready sooner', async () => {
  const { events } = await reallyRun(team, { concurrency: 2, toolConcurrency: 8 });
  const player = new ReplayPlayer(recorded(events));
  const readyMs = (conversation: string, beforeMs: number, nowMs: number) => {
    player.takeTurn(conversation);
    return nowMs + player.readyInMs(conversation, beforeMs, nowMs);
  };
  expect(readyMs('p1', 40, 0)).toBe(40);
  expect(readyMs('p2', 60, 0)).toBe(60);
  expect(readyMs('p3', 1, 0)).toBe(60);
  expect(readyMs('p1', 2, 30)).toBe(32);
  expect(readyMs('p4', 1, 90)).toBe(91);
});

it('takes the first head of a response to have been that of the first request', async () => {
  const { events } = await reallyRun(team, { concurrency: 4, toolConcurrency: 8 });
  const asked = events.findIndex(({ kind }) => kind === 'model_start');
  const told: RunEvent = {
    seq: 0,
    atMs: (events[asked]?.atMs ?? 0) + 70,
    kind: 'limit_change',
    model: 'sim/offline',
    limit: 16,
    reason: 'headers',
  };
  expect(recorded(events.toSpliced(asked + 4, 0, told)).facts.headMs).toBeCloseTo(70);
});

function off(predictedMs: number, realMs: number): number {
  return Math.abs(predictedMs / realMs - 1);
}
