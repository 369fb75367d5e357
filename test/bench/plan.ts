import { setTimeout as delay } from 'node:timers/promises';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { systemClock } from '../../src/async/system-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { ToolCall } from '../../src/contract/message.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { runPlanTool } from '../../src/tools/plan/run-plan-tool.ts';
import { converse } from '../support/conversation.ts';
import type { Say } from '../support/scripted-model.ts';
import { call, end, ScriptedModel } from '../support/scripted-model.ts';
import { row } from './row.ts';

/** How long a model takes before it writes, and to write a call; and how long a tool takes. */
const FIRST_TOKEN_MS = 200;
const CALL_MS = 50;
const TOOL_MS = 100;

/** Three calls, three that need one of those each, and one that needs those: what each needs, by level. */
const LEVELS: readonly Readonly<Record<string, readonly string[]>>[] = [
  { a: [], b: [], c: [] },
  { d: ['a'], e: ['b'], f: ['c'] },
  { g: ['d', 'e', 'f'] },
];

/** Measures a graph of calls as one plan beside a turn for each of its levels. */
export async function measurePlans(): Promise<void> {
  const turnByTurn = await timed([...LEVELS.map((level) => asksFor(Object.keys(level))), answers], true);
  const late = await timed([plans, answers], false);
  const early = await timed([plans, answers], true);
  row('run_plan on three levels of calls, beside a turn for each level', early, turnByTurn, 0.65);
  row('  the same with nothing started while the plan is written', late, turnByTurn, 0.8);
  const criticalPathMs = FIRST_TOKEN_MS + 3 * CALL_MS + LEVELS.length * TOOL_MS + CALL_MS + FIRST_TOKEN_MS;
  row('  started while it is written, beside its critical path', early, criticalPathMs, 1.1);
}

async function timed(script: readonly Say[], eager: boolean): Promise<number> {
  const look = defineTool({
    name: 'look',
    description: '',
    parameters: { type: 'object' },
    policy: { effect: 'read' },
    run: () => delay(TOOL_MS),
  });
  const agent = defineAgent({ name: 'a', instructions: '', tools: [look, runPlanTool] });
  const since = performance.now();
  const { ended } = converse({ models: [new ScriptedModel(script)], agent, clock: systemClock, eager });
  const { status, problem } = await ended;
  if (status !== 'done') throw new Error(`the conversation ended as ${status}: ${problem}`);
  return performance.now() - since;
}

function asksFor(names: readonly string[]): Say {
  return async function* () {
    await delay(FIRST_TOKEN_MS);
    for (const name of names) {
      await delay(CALL_MS);
      yield { kind: 'call', call: call(name, 'look', { name }) };
    }
    yield end();
  };
}

async function* plans() {
  const nodes: readonly JsonObject[] = LEVELS.flatMap((level) =>
    Object.entries(level).map(([id, needs]) => ({ id, tool: 'look', args: { of: needs.map(($call) => ({ $call })) } })),
  );
  const plan: ToolCall = call('plan', runPlanTool.spec.name, { calls: nodes });
  await delay(FIRST_TOKEN_MS);
  let told = 0;
  for (const node of nodes) {
    await delay(CALL_MS);
    const text = JSON.stringify(node);
    const until = plan.argumentsText.indexOf(text) + text.length;
    const delta = plan.argumentsText.slice(told, until);
    yield { kind: 'arguments' as const, callId: plan.callId, name: plan.name, delta };
    told = until;
  }
  yield { kind: 'call' as const, call: plan };
  yield end();
}

async function* answers() {
  await delay(FIRST_TOKEN_MS);
  yield end({ text: 'done' });
}
