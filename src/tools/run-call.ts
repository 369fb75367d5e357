import type PQueue from 'p-queue';
import type { Clock } from '../contract/clock.ts';
import type { Emit } from '../contract/event.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ToolCall, ToolFailureCode, ToolOutcome } from '../contract/message.ts';
import type { Tool, ToolContext, TurnContext } from '../contract/tool.ts';
import { attributed } from './attribution.ts';
import { callKey } from './call-key.ts';
import { readArguments } from './read-arguments.ts';
import { toOutput } from './to-output.ts';
import type { ToolLimits } from './tool-limits.ts';

/** What running a call needs from outside. */
export interface RunCallDeps {
  readonly runId: string;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly limits: ToolLimits;
  /** A place in it is needed to run. */
  readonly slots: PQueue;
}

/** Which turn a call belongs to and how it came to start. */
export interface CallContext extends TurnContext {
  /** Fires when the response that asked for the call came to nothing. */
  readonly discarded: AbortSignal;
  readonly eager: boolean;
  /** The call's position among the tool calls of its turn, from 0. */
  readonly index: number;
}

/**
 * Runs one call: waits for a slot, finds the tool, reads and checks the arguments, runs it within its time. Never
 * rejects: whatever goes wrong is the outcome.
 */
export function runCall(
  call: ToolCall,
  tools: readonly Tool[],
  context: CallContext,
  deps: RunCallDeps,
): Promise<ToolOutcome> {
  const readyAt = deps.clock.now();
  return deps.slots.add(async () => {
    if (isOver(context)) return failed(call, 'cancelled', 'Cancelled before it started.');
    const queuedMs = deps.clock.now() - readyAt;
    const prepared = await prepare(call, tools);
    tellStart(call, queuedMs, context, deps);
    const startedAt = deps.clock.now();
    const outcome = prepared.ok ? await runInTime(call, prepared.tool, prepared.args, context, deps) : prepared.failure;
    tellEnd(call, deps.clock.now() - startedAt, outcome, context, deps);
    return outcome;
  });
}

type Prepared =
  | { readonly ok: true; readonly tool: Tool; readonly args: unknown }
  | { readonly ok: false; readonly failure: ToolOutcome };

async function prepare(call: ToolCall, tools: readonly Tool[]): Promise<Prepared> {
  const refuse = (code: ToolFailureCode, message: string): Prepared => ({
    ok: false,
    failure: failed(call, code, message),
  });
  const tool = tools.find(({ spec }) => spec.name === call.name);
  if (!tool) {
    const names = tools.map(({ spec }) => spec.name).join(', ') || 'none';
    return refuse('unknown_tool', `Unknown tool "${call.name}". Available: ${names}.`);
  }
  const read = readArguments(call.argumentsText);
  if (!read.ok) return refuse('invalid_arguments', read.problem);
  try {
    const checked = await tool.check(read.args);
    if (checked.ok) return { ok: true, tool, args: checked.args };
    return refuse('invalid_arguments', `The arguments do not fit the tool's parameters. ${checked.problem}`);
  } catch (error) {
    return refuse('invalid_arguments', `The arguments could not be checked: ${messageOf(error)}`);
  }
}

/** The tool's result, or a failure as soon as its time is up or nobody wants it any more; what comes later is ignored. */
function runInTime(
  call: ToolCall,
  tool: Tool,
  args: unknown,
  context: CallContext,
  deps: RunCallDeps,
): Promise<ToolOutcome> {
  const { conversation, agent, turn, index } = context;
  const timeoutMs = tool.policy.timeoutMs ?? deps.limits.timeoutMs;
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
  const giveUp = (code: ToolFailureCode, message: string) => {
    resolve(failed(call, code, message));
    abort.abort(new Error(message));
  };
  const cancelTimeout = deps.clock.after(timeoutMs, () =>
    giveUp('timeout', `Tool "${call.name}" timed out after ${timeoutMs} ms.`),
  );
  const onCancel = () => giveUp('cancelled', 'Cancelled while it ran.');
  for (const signal of [context.signal, context.discarded]) {
    signal.addEventListener('abort', onCancel, { once: true });
  }
  const toolContext: ToolContext = {
    signal: abort.signal,
    callKey: callKey(deps.runId, conversation, turn, index, call),
    conversation,
    agent,
  };
  attributed(conversation, async () => tool.run(args, toolContext)).then(
    (value) => resolve(succeeded(call, value, deps.limits.maxOutputBytes)),
    (error) => resolve(failed(call, 'threw', `Tool "${call.name}" failed: ${messageOf(error)}`)),
  );
  return promise.finally(() => {
    cancelTimeout();
    for (const signal of [context.signal, context.discarded]) signal.removeEventListener('abort', onCancel);
  });
}

function succeeded(call: ToolCall, value: unknown, maxOutputBytes: number): ToolOutcome {
  let output: JsonValue;
  try {
    output = toOutput(value, maxOutputBytes);
  } catch (error) {
    return failed(call, 'threw', `The result of "${call.name}" cannot be expressed as JSON: ${messageOf(error)}`);
  }
  return { kind: 'ok', callId: call.callId, output };
}

function isOver({ signal, discarded }: CallContext): boolean {
  return signal.aborted || discarded.aborted;
}

function tellStart(call: ToolCall, queuedMs: number, context: CallContext, { emit }: RunCallDeps): void {
  const { conversation, turn, eager } = context;
  const { callId, name, argumentsText } = call;
  emit({
    kind: 'tool_start',
    conversation,
    turn,
    callId,
    name,
    argumentsText,
    eager,
    queuedMs,
    waits: { slot: queuedMs },
  });
}

function tellEnd(
  call: ToolCall,
  tookMs: number,
  outcome: ToolOutcome,
  { conversation, turn }: CallContext,
  { emit }: RunCallDeps,
): void {
  emit({ kind: 'tool_end', conversation, turn, callId: call.callId, name: call.name, tookMs, waits: {}, outcome });
}

function failed(call: ToolCall, code: ToolFailureCode, message: string): ToolOutcome {
  return { kind: 'failed', callId: call.callId, code, message };
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'it threw something that cannot be shown';
  }
}
