import type { Clock } from '../contract/clock.ts';
import { messageOf } from '../contract/errors.ts';
import type { Emit } from '../contract/event.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { Tool } from '../contract/tool.ts';
import type { CallContext, RunThrough } from './call-in-hand.ts';
import { fillReferences, findCall } from './call-references.ts';
import { CallStory } from './call-story.ts';
import type { Durations } from './durations.ts';
import { failed } from './outcomes.ts';
import { readArguments } from './read-arguments.ts';
import type { ToolLimits } from './tool-limits.ts';

/** What running a call needs from outside. */
export interface RunCallDeps {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly durations: Durations;
  readonly runThrough: RunThrough;
  readonly limits: ToolLimits;
}

/** A call that is to be run. */
export interface DueCall {
  readonly call: ToolCall;
  /** Those that the agent has. */
  readonly tools: readonly Tool[];
  readonly needs: CallNeeds;
}

/** What a call waits for before it can start. */
interface CallNeeds {
  /** Why it can never start. */
  readonly problem: string | undefined;
  /** The calls that it refers to or must come after, with their outcomes to be. */
  readonly outcomes: readonly Promise<ToolOutcome>[];
  /** All calls of the turn, which references may mean. */
  readonly turn: readonly ToolCall[];
}

/**
 * Runs one call: waits for the calls that it needs, finds the tool, reads and checks the arguments, takes it through the
 * layers. Never rejects: whatever goes wrong is the outcome.
 */
export async function runCall(due: DueCall, context: CallContext, deps: RunCallDeps): Promise<ToolOutcome> {
  const { call } = due;
  const story = new CallStory(call, context, deps);
  let outcome: ToolOutcome;
  try {
    const prepared = await prepare(due, story, deps.limits);
    if (context.signal.aborted) throw context.signal.reason;
    if (prepared.ok) {
      outcome = await deps.runThrough({ call, ...prepared, context, story }, context.signal);
    } else {
      story.start();
      outcome = prepared.failure;
    }
  } catch (error) {
    outcome = context.signal.aborted
      ? failed(call, 'cancelled', 'Cancelled before it was finished.')
      : failed(call, 'threw', `Tool "${call.name}" could not be run: ${messageOf(error)}`);
  }
  const ranForMs = story.end(outcome);
  if (ranForMs !== undefined && outcome.kind === 'ok') deps.durations.observe(call.name, ranForMs);
  return outcome;
}

type Prepared =
  | { readonly ok: true; readonly tool: Tool; readonly args: { readonly raw: JsonObject; readonly checked: unknown } }
  | { readonly ok: false; readonly failure: ToolOutcome };

async function prepare(due: DueCall, story: CallStory, limits: ToolLimits): Promise<Prepared> {
  const { call, tools, needs } = due;
  const tool = tools.find(({ spec }) => spec.name === call.name);
  if (!tool) {
    const names = tools.map(({ spec }) => spec.name).join(', ') || 'none';
    return { ok: false, failure: failed(call, 'unknown_tool', `Unknown tool "${call.name}". Available: ${names}.`) };
  }
  const read = readArguments(call.argumentsText, limits);
  if (!read.ok) return { ok: false, failure: failed(call, 'invalid_arguments', read.problem) };
  if (needs.problem !== undefined) return { ok: false, failure: failed(call, 'dependency_failed', needs.problem) };
  const ready = needs.outcomes.length === 0 ? read : await withResults(due, read.args, story);
  if (!ready.ok) return ready;
  const checked = await check(tool, ready.args);
  return checked.ok
    ? { ok: true, tool, args: { raw: ready.args, checked: checked.args } }
    : { ok: false, failure: failed(call, 'invalid_arguments', checked.problem) };
}

/** The arguments once all that the call needs is there, with references filled in. */
async function withResults(
  { call, needs }: DueCall,
  args: JsonObject,
  story: CallStory,
): Promise<{ readonly ok: true; readonly args: JsonObject } | (Prepared & { ok: false })> {
  const outcomes = await story.waiting('dependency', Promise.all(needs.outcomes));
  const failure = outcomes.find((outcome) => outcome.kind === 'failed');
  if (failure?.kind === 'failed') {
    const message = `Not run: it needs the result of call ${failure.callId}, which failed: ${failure.message}`;
    return { ok: false, failure: failed(call, 'dependency_failed', message) };
  }
  const filled = fillReferences(args, (id) => {
    const callId = findCall(id, needs.turn)?.callId;
    const outcome = outcomes.find((candidate) => candidate.callId === callId);
    return outcome?.kind === 'ok' ? outcome.output : null;
  });
  return filled.ok ? filled : { ok: false, failure: failed(call, 'dependency_failed', filled.problem) };
}

async function check(
  tool: Tool,
  args: JsonObject,
): Promise<{ readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly problem: string }> {
  try {
    const checked = await tool.check(args);
    if (checked.ok) return checked;
    return { ok: false, problem: `The arguments do not fit the tool's parameters. ${checked.problem}` };
  } catch (error) {
    return { ok: false, problem: `The arguments could not be checked: ${messageOf(error)}` };
  }
}
