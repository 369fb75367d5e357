import type { Expectation, Missed } from './expectation.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Echo, ToolCall, ToolOutcome } from './message.ts';
import type { AttemptWait, ModelErrorCode, StopReason, Usage } from './model.ts';
import type { PromptSource } from './prompt.ts';
import type { ToolEffect } from './tool.ts';

/** The version of the event format, in `run_start`. A change that breaks readers raises it. */
export const EVENT_FORMAT = 1;

/** `sequential`: one conversation and one tool call at a time, in file order. `parallel`: as the caps allow. */
export type Mode = 'sequential' | 'parallel';

/** How a conversation ended. Everything but `done` counts as not succeeded. */
export type ConversationStatus =
  | 'done'
  | 'failed'
  | 'refused'
  | 'blocked'
  | 'truncated'
  | 'rate_limited'
  | 'provider_down'
  | 'limit'
  | 'max_turns'
  | 'max_tool_calls'
  | 'max_handoffs'
  | 'max_tokens'
  | 'timeout'
  | 'cancelled';

/** Ends that are no end: the conversation can be gone on with. */
const RESUMABLE: ReadonlySet<ConversationStatus> = new Set(['cancelled', 'limit', 'rate_limited', 'provider_down']);

/** Whether a conversation that ended so is finished, rather than stopped. */
export function isFinished(status: ConversationStatus | undefined): boolean {
  return status !== undefined && !RESUMABLE.has(status);
}

/** How many conversations ended how. `notStarted`: prompts that a stop left alone. */
export interface RunCounts {
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly notStarted: number;
}

/** The problem in ends that a crash kept from being written, and that a resume writes instead. */
export const INTERRUPTED = 'interrupted: the process ended';

/** A recording that a run is answered from, and the time that the run goes by. */
export interface Replayed {
  readonly cassette: string;
  readonly time: 'real' | 'virtual';
}

/** All `...Ms` are milliseconds with fractions, from one monotonic clock. `conversation` is the prompt's id. */
export type RunEventBody =
  | {
      readonly kind: 'run_start';
      readonly format: typeof EVENT_FORMAT;
      readonly version: string;
      readonly runId: string;
      /** ISO 8601, the wall clock. */
      readonly startedAt: string;
      readonly files: readonly string[];
      readonly conversations: number;
      readonly model: string;
      /** Why this model: what the first line of output says. */
      readonly modelReason: string;
      readonly agent: string;
      readonly concurrency: number;
      readonly toolConcurrency: number;
      readonly modes: readonly Mode[];
      /** Everything is answered from a recording; by a virtual clock its delays take no time, and work takes none. */
      readonly replay?: Replayed;
      /** What a resume needs to do the same again. */
      readonly setup: RunSetup;
    }
  | {
      /** The run goes on after it was stopped or its process died; `seq` and `atMs` go on too. */
      readonly kind: 'run_resume';
      readonly version: string;
      readonly startedAt: string;
      /** How many of the prompts are finished already. */
      readonly finished: number;
      /** The prompts are no longer those that the run was started with: how many there are, and which ids are gone. */
      readonly changed?: { readonly conversations: number; readonly gone: readonly string[] };
      /** What holds from now on, but for a sequential mode; journals of older versions do not say. */
      readonly concurrency?: number;
      readonly toolConcurrency?: number;
    }
  | {
      readonly kind: 'mode_start';
      readonly mode: Mode;
      readonly concurrency: number;
      readonly toolConcurrency: number;
    }
  | {
      readonly kind: 'conversation_start';
      readonly conversation: string;
      /** The conversation that delegated this one as a background task, if it is not a prompt's own. */
      readonly parent?: string;
      readonly index: number;
      /** Whether it goes on from what an earlier attempt recorded. */
      readonly resumed?: true;
      readonly prompt: string;
      readonly agent: string;
      readonly model: string;
      readonly source: PromptSource;
      readonly metadata?: JsonObject;
      /** What the prompts file expects of it. */
      readonly expect?: Expectation;
      /** From the mode's start, when every prompt was there, to now: waiting for a slot. */
      readonly queuedMs: number;
    }
  | {
      readonly kind: 'model_start';
      readonly conversation: string;
      readonly turn: number;
      readonly agent: string;
      readonly model: string;
      /** How long it had to wait before until the run's budget had room for it; less than 1 ms is left out. */
      readonly budgetMs?: number;
      /** What is counted for it if its end is never heard of. */
      readonly estimate?: EstimatedUse;
    }
  | {
      readonly kind: 'model_retry';
      readonly conversation: string;
      readonly turn: number;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly waitMs: number;
      /** How long the server asked to be left alone, if it did: all others wait as long too. */
      readonly askedMs?: number;
      readonly code: ModelErrorCode;
      readonly message: string;
      /** What the attempt may have used, if the model had begun to work on it. */
      readonly estimate?: EstimatedUse;
    }
  | {
      /** A request begins to wait, and is not with its model until that is over. Nothing is told of one that need not wait. */
      readonly kind: 'wait_start';
      readonly conversation: string;
      readonly turn: number;
      readonly reason: RequestWait;
    }
  | {
      readonly kind: 'wait_end';
      readonly conversation: string;
      readonly turn: number;
      readonly reason: RequestWait;
      /** Until nothing more was in the way: what is left to now is our own work. */
      readonly tookMs: number;
    }
  | {
      readonly kind: 'model_end';
      readonly conversation: string;
      readonly turn: number;
      /** From `model_start` to now, including failed attempts and the waits between them. */
      readonly tookMs: number;
      /** The part of `tookMs` spent waiting: until attempts could begin, and between them. */
      readonly waitedMs: number;
      /** The part of `waitedMs` that rate limits are the reason for. */
      readonly rateMs: number;
      /** At list price; absent where no price is known. */
      readonly costUsd?: number;
      /** To the first text or call of the attempt that counted. */
      readonly firstMs?: number;
      /** What the last attempt used, where the vendor did not say. */
      readonly estimate?: EstimatedUse;
      readonly result: ModelResult;
    }
  | {
      readonly kind: 'tool_start';
      readonly conversation: string;
      readonly turn: number;
      readonly callId: string;
      readonly name: string;
      readonly argumentsText: string;
      /** As the tool declares it; absent where there is no such tool. */
      readonly effect?: ToolEffect;
      /** Started before the model's response was complete. */
      readonly eager: boolean;
      /** Since it was asked for: the sum of `waits`. */
      readonly queuedMs: number;
      /** What it waited for, and how long for each. */
      readonly waits: Waits;
    }
  | {
      readonly kind: 'tool_retry';
      readonly conversation: string;
      readonly turn: number;
      readonly callId: string;
      readonly name: string;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly waitMs: number;
      readonly message: string;
    }
  | {
      readonly kind: 'tool_end';
      readonly conversation: string;
      readonly turn: number;
      readonly callId: string;
      readonly name: string;
      /** From `tool_start` to now, without `waits`. 0 for a call that was answered by another's result. */
      readonly tookMs: number;
      /** What it waited for since `tool_start`: retries, and what each of them waited for again. */
      readonly waits: Waits;
      /** As the model is told. */
      readonly outcome: ToolOutcome;
      /** What the tool gave, or its error, as far as it is kept: only where that is more than the model is told. */
      readonly fullOutput?: JsonValue;
      /** Whose result this is, if the tool did not run for this call, and how long it took there. */
      readonly shared?: { readonly conversation: string; readonly callId: string; readonly savedMs: number };
    }
  | {
      readonly kind: 'handoff';
      readonly conversation: string;
      readonly turn: number;
      readonly from: string;
      readonly to: string;
      readonly outcome: ToolOutcome;
    }
  | {
      /** The conversation was told something that neither its user nor its model said: news of background tasks. */
      readonly kind: 'message';
      readonly conversation: string;
      readonly text: string;
    }
  | {
      readonly kind: 'task_start';
      readonly conversation: string;
      /** Its name in the conversation: `t1`, `t2` … */
      readonly task: string;
      /** What it does: a tool's name, or the agent that works on a prompt. */
      readonly what: string;
    }
  | {
      readonly kind: 'task_end';
      readonly conversation: string;
      readonly task: string;
      readonly what: string;
      readonly tookMs: number;
      readonly outcome: ToolOutcome;
    }
  | {
      readonly kind: 'limit_change';
      readonly model: string;
      /** Requests at once that the provider is held to take. */
      readonly limit: number;
      readonly reason: string;
    }
  | { readonly kind: 'notice'; readonly conversation?: string; readonly message: string }
  | ConversationEnd
  | { readonly kind: 'mode_end'; readonly mode: Mode; readonly tookMs: number; readonly counts: RunCounts }
  | {
      readonly kind: 'run_end';
      readonly tookMs: number;
      /** Of the last mode: the one whose answers are the results. */
      readonly counts: RunCounts;
      /** What ended it early: a signal's name, `fail-fast`, or an error's message. */
      readonly stopped?: string;
    };

/**
 * Why a request waits. `rate`: for rate limits and the number of requests at once; `outage`: for a provider that has
 * failed so often that it is only probed; `budget`: for room in the run's budget, between two attempts.
 */
export type RequestWait = AttemptWait | 'budget';

/** Milliseconds that a call waited, by reason; reasons without any are left out. */
export type Waits = Readonly<Partial<Record<WaitReason, number>>>;

/**
 * Why a call waits. `dependency`: for calls of its turn, or for background tasks. `approval`: for a person. `rate`, `lock`:
 * as its tool declares. `turn`: for other calls of its turn, so many of which run at once. `slot`: for the run's or its
 * tool's concurrency. `retry`: before another attempt.
 */
export type WaitReason = 'dependency' | 'approval' | 'turn' | 'rate' | 'lock' | 'slot' | 'retry';

/** What an attempt is taken to have used that nobody counted: part of what the run's limits count, and of no other sum. */
export interface EstimatedUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** At list price; absent where no price is known. */
  readonly costUsd?: number;
}

/** A model's response as the journal keeps it. */
export type ModelResult =
  | {
      readonly ok: true;
      readonly stop: StopReason;
      readonly detail?: string;
      /** The limit of the run that left no room for more of it: the response is void, and is asked for again on a resume. */
      readonly limit?: string;
      readonly text: string;
      readonly calls: readonly ToolCall[];
      readonly usage: Usage;
      readonly echo?: Echo;
    }
  | { readonly ok: false; readonly code: ModelErrorCode; readonly message: string };

/** The end of a conversation: what a row of the results is made from. */
export interface ConversationEnd {
  readonly kind: 'conversation_end';
  readonly conversation: string;
  /** As in `conversation_start`: with it, this is no row of the results. */
  readonly parent?: string;
  readonly index: number;
  readonly status: ConversationStatus;
  /** The last text the model gave; for a status other than `done` what there was by then. */
  readonly answer: string;
  /** Why the status is not `done`, or what is odd about the answer. */
  readonly problem?: string;
  /** What of the expected did not come true; empty if all did, absent where nothing was expected or it has not ended for good. */
  readonly missed?: readonly Missed[];
  /** The agent and model that spoke last. */
  readonly agent: string;
  readonly model: string;
  readonly turns: number;
  readonly toolCalls: number;
  readonly handoffs: number;
  readonly usage: Usage;
  /** At list price; absent where a price is not known. */
  readonly costUsd?: number;
  /** Calls that were interrupted and not run again, so that nobody knows what they did: tool names with call ids. */
  readonly uncertain?: readonly string[];
  /** From `conversation_start` to now, over all attempts at it; of one that a crash interrupted, only of the last. */
  readonly tookMs: number;
}

/** Where a run was started, with which options, and what its inputs were: digests, so that a change can be seen. */
export interface RunSetup {
  readonly cwd: string;
  readonly options: JsonObject;
  readonly fingerprints: {
    readonly prompts: string;
    /** Of the prompts' texts in whatever order. */
    readonly texts?: string;
    readonly agents: string;
    readonly options: string;
  };
}

/** When an event happened: `seq` counts from 1 without gaps, `atMs` from the run's start. */
export interface EventStamp {
  readonly seq: number;
  readonly atMs: number;
}

/** Something that happened in a run. */
export type RunEvent = EventStamp & RunEventBody;

/** What happened, of one kind. */
export type BodyOf<K extends RunEventBody['kind']> = Extract<RunEventBody, { kind: K }>;

/** An event of one kind. */
export type EventOf<K extends RunEventBody['kind']> = EventStamp & BodyOf<K>;

/** Tells that something happened. Stamps it and passes it on before it returns; never throws. */
export type Emit = (event: RunEventBody) => void;
