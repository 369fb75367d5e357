import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_BOUNDS } from '../../src/agent/bounds.ts';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { runConversation } from '../../src/agent/run-conversation.ts';
import { systemClock } from '../../src/async/system-clock.ts';
import type { RunEventBody } from '../../src/contract/event.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import type { Tool, ToolPolicy } from '../../src/contract/tool.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { Durations } from '../../src/tools/durations.ts';
import { openTurns } from '../support/open-turns.ts';
import { call, end, ScriptedModel } from '../support/scripted-model.ts';
import { row } from './row.ts';

/** Measures what happens between a model asking for calls and having their outcomes, each against what is possible. */
export async function measureManager(): Promise<void> {
  await eagerAndParallel();
  await criticalPathFirst();
  await halfRepeated();
  await ownCost();
}

/** Two calls complete at 100 and 600 ms of a stream that ends at 1100 ms; tools take 1 s; then one more response. */
async function eagerAndParallel(): Promise<void> {
  const model = new ScriptedModel([
    async function* () {
      await delay(100);
      yield { kind: 'call', call: call('a', 'work', { n: 1 }) };
      await delay(500);
      yield { kind: 'call', call: call('b', 'work', { n: 2 }) };
      await delay(500);
      yield end();
    },
    () => [end({ text: 'done' })],
  ]);
  const starts: number[] = [];
  const work = tool('work', { effect: 'read' }, () => delay(1000));
  const startedAt = performance.now();
  const tell = (event: RunEventBody) => event.kind === 'tool_start' && starts.push(performance.now() - startedAt);
  await runConversation(
    { id: 'p1', index: 0, text: '', source: { file: '', line: 1 } },
    defineAgent({ name: 'a', instructions: '', tools: [work] }),
    {
      model: () => model,
      defaultModel: model.id,
      openTurn: openTurns(systemClock, (event) => void tell(event)),
      emit: () => {},
      clock: systemClock,
      bounds: DEFAULT_BOUNDS,
      stopping: new AbortController().signal,
      signal: new AbortController().signal,
      queuedMs: 0,
      inOrder: false,
    },
  );
  row('eager: first call, complete at 100 ms, starts', starts[0] ?? Number.NaN, 100, 1.5);
  row('eager: second call, complete at 600 ms, starts', starts[1] ?? Number.NaN, 600, 1.08);
  row('eager and parallel, in all, beside the bound 600 ms + 1 s', performance.now() - startedAt, 1600, 1.05);
}

/** Many short calls of many conversations, and one conversation with a chain of long ones, over four slots. */
async function criticalPathFirst(): Promise<void> {
  const tools = [tool('short', {}, () => delay(20)), tool('long', {}, () => delay(100))];
  const known = new Map([
    ['short', 20],
    ['long', 100],
  ]);
  const chain = Array.from({ length: 6 }, (_, n) =>
    call(`l${n}`, 'long', n > 0 ? { after: { $call: `l${n - 1}` } } : {}),
  );
  const shorts = Array.from({ length: 40 }, (_, turn) =>
    Array.from({ length: 3 }, (_unused, n) => call(`s${turn}-${n}`, 'short')),
  );
  const run = async (durations: Durations) => {
    const open = openTurns(systemClock, () => {}, { toolConcurrency: 4, durations });
    return timed(() => Promise.all([...shorts, chain].map((calls, n) => settle(open, tools, calls, `p${n}`))));
  };
  const firstCome = await run(new Durations());
  const longestPath = await run(new Durations(known));
  row('critical path first, beside first come, 120 short calls and a long chain', longestPath, firstCome, 0.8);
}

/** A thousand calls of a pure tool, half of them equal to another, over ten slots. */
async function halfRepeated(): Promise<void> {
  const tools = [tool('look', { effect: 'pure' }, () => delay(10))];
  const turns = Array.from({ length: 50 }, (_, turn) =>
    Array.from({ length: 20 }, (_unused, n) => call(`c${turn}-${n}`, 'look', { x: (turn * 20 + n) % 500 })),
  );
  const run = (shares: boolean) => {
    const open = openTurns(systemClock, () => {}, { toolConcurrency: 10, shares });
    return timed(() => Promise.all(turns.map((calls, n) => settle(open, tools, calls, `p${n}`))));
  };
  const each = await run(false);
  row('1,000 calls, half of them repeated: shared, beside each by itself', await run(true), each, 0.55);
}

/** CPU of a call that does nothing, a thousand in flight. */
async function ownCost(): Promise<void> {
  const tools = [tool('nothing', {}, async () => null)];
  const open = openTurns(systemClock, () => {}, { toolConcurrency: 1000 });
  const round = async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        settle(
          open,
          tools,
          Array.from({ length: 10 }, (_unused, n) => call(`c${n}`, 'nothing')),
          `p${turn}`,
        ),
      ),
    );
  };
  for (let warm = 0; warm < 5; warm++) await round();
  const rounds = 20;
  const before = process.cpuUsage();
  for (let n = 0; n < rounds; n++) await round();
  const { user, system } = process.cpuUsage(before);
  row(
    "the manager's own cost of a call that does nothing, 1,000 in flight",
    (user + system) / (rounds * 1000),
    30,
    1,
    'µs',
  );
}

async function settle(
  open: ReturnType<typeof openTurns>,
  tools: readonly Tool[],
  calls: readonly ToolCall[],
  conversation: string,
): Promise<void> {
  const turn = open(tools, { conversation, turn: 1, agent: 'a', signal: new AbortController().signal });
  const outcomes = await turn.settle(calls);
  const failed = outcomes.find(({ kind }) => kind === 'failed');
  if (failed) throw new Error(JSON.stringify(failed));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

function tool(name: string, policy: Partial<ToolPolicy>, run: (args: never) => unknown): Tool {
  return defineTool({ name, description: '', parameters: { type: 'object' }, policy, run });
}

// Also by itself: `node test/bench/manager.ts`.
if (process.argv[1] === import.meta.filename) await measureManager();
