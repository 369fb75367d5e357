import type { JsonObject, JsonValue } from './json.ts';
import type { ToolCall, ToolOutcome } from './message.ts';
import type { ToolSpec } from './model.ts';

/**
 * What running a tool does to the world. `pure`: nothing, and equal arguments give equal results. `read`: nothing.
 * `idempotent`: something, and doing it twice is doing it once. `unsafe`: anything else.
 */
export type ToolEffect = 'pure' | 'read' | 'idempotent' | 'unsafe';

/** Something that only one call may hold at a time, or any number of calls that share it. */
export interface Lock {
  /** Equal names are the same lock, in all conversations of the run. */
  readonly name: string;
  readonly mode: 'shared' | 'exclusive';
}

/** How a tool wants to be run. */
export interface ToolPolicy {
  readonly effect: ToolEffect;
  /** Of one attempt, instead of the run's own limit. */
  readonly timeoutMs?: number;
  /**
   * What a call holds while it runs: exclusive locks by name, in which `{argument}` stands for an argument's value; locks
   * with their mode; or a function of the arguments that gives either.
   */
  readonly locks?: readonly (string | Lock)[] | ((args: JsonObject) => readonly (string | Lock)[]);
  /** Attempts in all and the wait before the second, which doubles from then on. Not for `unsafe` tools. */
  readonly retry?: { readonly attempts: number; readonly backoffMs?: number };
  /** How long, and for whom, a result serves equal calls. Only for `pure` tools, which without it cache for the run. */
  readonly cache?: { readonly ttlMs?: number; readonly scope: 'conversation' | 'run' } | false;
  /** Calls of this tool at once, over all conversations. */
  readonly concurrency?: number;
  /** Calls of this tool that may start within any span of `perMs`, over all conversations. */
  readonly rate?: { readonly calls: number; readonly perMs: number };
  /** Which calls go first where there are not enough slots: higher before lower; default 0. */
  readonly priority?: number;
  /** Tools whose calls in the same turn must have ended before this one's start. */
  readonly after?: readonly string[];
  /** Whether a person has to say yes to each call. */
  readonly approval?: boolean;
  /** Runs in a worker thread: for what computes or blocks. */
  readonly thread?: boolean;
  /** Runs in a process of its own: for what could take the process down. */
  readonly isolate?: 'process';
}

/** What a running tool knows about its call. */
export interface ToolContext {
  /** Fires when the result is no longer wanted: timeout, cancellation, end of the run. */
  readonly signal: AbortSignal;
  /** Stable name of this call, the same in every attempt: usable as an idempotency key. */
  readonly callKey: string;
  /** The id of the prompt whose conversation this is. */
  readonly conversation: string;
  /** The agent that asked. */
  readonly agent: string;
}

/** Arguments that fit the tool's schema (as the schema library returns them), or what is wrong with them. */
export type CheckedArguments =
  | { readonly ok: true; readonly args: unknown }
  | { readonly ok: false; readonly problem: string };

/** A tool, ready to run. Made by `defineTool`. */
export interface Tool {
  readonly spec: ToolSpec;
  readonly policy: ToolPolicy;
  /** Where it comes from: `built-in`, a file's path, or `mcp:<server>`. */
  readonly source?: string;
  check(args: JsonObject): CheckedArguments | Promise<CheckedArguments>;
  /** May return anything, synchronously or not, and may throw: it becomes the call's outcome. */
  run(args: unknown, context: ToolContext): unknown;
}

/** Who is asking: what the tools of one turn need to know of their conversation. */
export interface TurnContext {
  readonly conversation: string;
  readonly turn: number;
  readonly agent: string;
  /** The background task that runs the turn, if it is not the conversation's own. */
  readonly task?: string;
  readonly signal: AbortSignal;
}

/** The tool calls of one turn. A call may start as soon as it is added; all have one outcome after `settle`. */
export interface ToolTurn {
  /** More of a call's arguments is in the stream, before the call is complete: some tools start on that. */
  addArguments(callId: string, name: string, delta: string): void;
  /** A call is complete in the stream: starts it now if that is safe before the response is. */
  add(call: ToolCall): void;
  /**
   * The response is complete and asked for these calls: runs all but those that have an outcome from an earlier attempt.
   * Never rejects; outcomes in call order.
   */
  settle(calls: readonly ToolCall[], known?: readonly ToolOutcome[]): Promise<readonly ToolOutcome[]>;
  /** How many calls were run for those that were settled: more than were asked for where a plan has calls of its own. */
  readonly callsRun: number;
  /** The response came to nothing: aborts what was started and forgets it. Returns when each start has its end. */
  discard(): Promise<void>;
}

/** Opens a turn over the tools an agent has. */
export type OpenTurn = (tools: readonly Tool[], context: TurnContext) => ToolTurn;

/** The output of a failed call as the model is shown it. */
export function failureOutput(outcome: ToolOutcome & { kind: 'failed' }): { readonly error: string } {
  return { error: outcome.message };
}

/** An output as text: a string as it is, anything else as JSON. */
export function outputText(output: JsonValue): string {
  return typeof output === 'string' ? output : JSON.stringify(output);
}
