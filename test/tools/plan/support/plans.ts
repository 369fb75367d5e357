import type { RunEventBody } from '../../../../src/contract/event.ts';
import type { JsonValue } from '../../../../src/contract/json.ts';
import type { ToolCall, ToolOutcome } from '../../../../src/contract/message.ts';
import type { Tool, ToolContext, ToolEffect, ToolTurn } from '../../../../src/contract/tool.ts';
import { defineTool } from '../../../../src/tools/define-tool.ts';
import { runPlanTool } from '../../../../src/tools/plan/run-plan-tool.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { openTurns } from '../../../support/open-turns.ts';

/** A turn whose agent is offered plans beside these tools, with all that it tells. */
export interface PlanningTurn {
  readonly turn: ToolTurn;
  readonly clock: FakeClock;
  readonly events: readonly RunEventBody[];
  readonly abort: AbortController;
  /** Ids of the calls that were started, in order. */
  readonly started: () => readonly string[];
  /** The same of those that have ended. */
  readonly ended: () => readonly string[];
}

export function planningTurn(tools: readonly Tool[], options: Parameters<typeof openTurns>[2] = {}): PlanningTurn {
  const clock = new FakeClock();
  const events: RunEventBody[] = [];
  const abort = new AbortController();
  const open = openTurns(clock, (event) => void events.push(event), options);
  const turn = open([...tools, runPlanTool], { conversation: 'p1', turn: 1, agent: 'main', signal: abort.signal });
  const idsOf = (kind: 'tool_start' | 'tool_end') => () =>
    events.flatMap((event) => (event.kind === kind ? [event.callId] : []));
  return { turn, clock, events, abort, started: idsOf('tool_start'), ended: idsOf('tool_end') };
}

/** A tool that takes any arguments. */
export function toolOf(
  name: string,
  run: (args: Readonly<Record<string, JsonValue>>, context: ToolContext) => unknown,
  effect: ToolEffect = 'read',
): Tool {
  return defineTool({ name, description: '', parameters: { type: 'object' }, policy: { effect }, run });
}

/** A call that asks for a plan. */
export function planCall(calls: unknown, returned?: readonly string[], callId = 'plan'): ToolCall {
  const args = { calls, ...(returned && { return: returned }) };
  return { callId, name: 'run_plan', argumentsText: JSON.stringify(args) };
}

/** The text in pieces, cut at these places (taken modulo its length). */
export function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, text.length].map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}

/** What the model is shown of the only plan in a turn. */
export function shownOf(outcomes: readonly ToolOutcome[]): JsonValue {
  const [outcome] = outcomes;
  if (outcome?.kind !== 'ok') throw new Error(JSON.stringify(outcome));
  return outcome.output;
}
