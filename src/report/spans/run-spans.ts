import type { ConversationStatus, Mode, Replayed, RequestWait, RunCounts, WaitReason } from '../../contract/event.ts';
import type { Missed } from '../../contract/expectation.ts';
import type { ToolFailureCode } from '../../contract/message.ts';
import type { ModelErrorCode, Usage } from '../../contract/model.ts';
import type { ToolEffect } from '../../contract/tool.ts';

/**
 * A run as spans: what happened from when to when. Every `startMs`, `endMs` and `atMs` is in milliseconds from the run's
 * start, without the time in which no process worked on it; other `...Ms` are lengths. A span keeps no texts: `seq` is that
 * of the event that began it, where they are.
 */
export interface RunSpans {
  readonly runId: string;
  readonly version: string;
  /** ISO 8601, the wall clock. */
  readonly startedAt: string;
  readonly files: readonly string[];
  /** How many prompts there are. */
  readonly prompts: number;
  readonly model: string;
  readonly agent: string;
  /** The cassette that answered, if one did, and whether its delays were waited for. */
  readonly replay?: Replayed;
  /** In the order in which they were run. */
  readonly modes: readonly ModeSpans[];
  /** When the run went on in another process. */
  readonly resumes: readonly { readonly atMs: number; readonly startedAt: string; readonly finished: number }[];
  /** Of the last event. */
  readonly endMs: number;
  /** `ended`: it came to its end, by itself or stopped. `open`: it was killed, or still runs. */
  readonly ending: 'ended' | 'open';
  /** What ended it early. */
  readonly stopped?: string;
}

/** One mode of a run. */
export interface ModeSpans {
  readonly mode: Mode;
  readonly startMs: number;
  readonly endMs: number;
  readonly ending: 'ended' | 'open';
  /** What was allowed, from when on: another line where a resumed run was given another concurrency. */
  readonly allowed: readonly {
    readonly fromMs: number;
    readonly concurrency: number;
    readonly toolConcurrency: number;
  }[];
  /** In the order in which they first started, with those that were delegated among them. */
  readonly conversations: readonly ConversationSpans[];
  /** Requests at once that a provider is held to take, and when that changed. */
  readonly limits: readonly LimitMark[];
  /** When a provider refused a request because of its rate limits. */
  readonly refusals: readonly RefusalMark[];
  /** As its last end told; nothing before. */
  readonly counts?: RunCounts;
}

/**
 * How a span ended. `ended`: it was told. `interrupted`: the process died while it was open. `open`: nothing tells of its
 * end, so it ends where the events do.
 */
export type SpanEnding = 'ended' | 'interrupted' | 'open';

/** What one conversation did. */
export interface ConversationSpans {
  readonly seq: number;
  /** The prompt's id; with a parent `<parent>/<task>`. */
  readonly conversation: string;
  /** The conversation that delegated it as a background task: then it holds no slot of its own. */
  readonly parent?: string;
  readonly index: number;
  /** Those it began with. */
  readonly agent: string;
  readonly model: string;
  /** From its first start to its last end. */
  readonly startMs: number;
  readonly endMs: number;
  /** One for each process that worked on it. */
  readonly stretches: readonly Stretch[];
  /** Nothing if it has not ended, or its process died. */
  readonly status?: ConversationStatus;
  /** What was expected and did not come true; nothing if nothing was expected. */
  readonly missed?: readonly Missed[];
  readonly problem?: string;
  readonly models: readonly ModelSpan[];
  readonly tools: readonly ToolSpan[];
  /** Calls that were asked for and never started: they were waiting when everything ended. */
  readonly unstarted: readonly UnstartedCall[];
  readonly tasks: readonly TaskSpan[];
  readonly handoffs: readonly HandoffMark[];
  /** When it was told news of background tasks. */
  readonly messages: readonly { readonly seq: number; readonly atMs: number }[];
}

/** The time in which a conversation was worked on without an interruption. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  /** How long it waited for its slot before `startMs`. */
  readonly queuedMs: number;
  readonly ending: SpanEnding;
  /** Which of the slots it held, from 0; nothing for a delegated one. */
  readonly slot?: number;
  /** Who held that slot before. */
  readonly slotFrom?: string;
}

/** A model call with all its attempts. */
export interface ModelSpan {
  readonly seq: number;
  readonly turn: number;
  readonly agent: string;
  /** `provider/name`. */
  readonly model: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly ending: SpanEnding;
  /** How long it waited before `startMs` until the run's budget had room. */
  readonly budgetMs: number;
  /** What it spent on the server, one after the other; the waits lie before and between them. */
  readonly attempts: readonly ModelAttempt[];
  readonly waits: readonly ModelWait[];
  /** When the first text or call of the attempt that counted arrived. */
  readonly firstTokenMs?: number;
  /** Why there is no response; nothing if there is one, or nobody knows. */
  readonly failure?: ModelErrorCode;
  /** Of the response, if there is one. */
  readonly usage?: Usage;
  readonly costUsd?: number;
  /** How many tool calls the response asked for. */
  readonly calls: number;
}

/** One attempt at a response. */
export interface ModelAttempt {
  readonly startMs: number;
  readonly endMs: number;
  readonly failure?: ModelErrorCode;
}

/** A wait within a span. */
interface WaitSpan<Reason extends string = string> {
  readonly reason: Reason;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * What a model call waits for. `refusal`: as long as a provider asked that refused an attempt because of its rate limits;
 * `retry`: before another attempt for any other reason.
 */
export type ModelWait = WaitSpan<RequestWait | 'refusal' | 'retry'>;

/** What a tool call waits for. `shared`: for the result of an equal call. */
export type ToolWait = WaitSpan<WaitReason | 'shared'>;

/** A tool call. */
export interface ToolSpan {
  readonly seq: number;
  readonly turn: number;
  readonly callId: string;
  readonly name: string;
  readonly effect?: ToolEffect;
  /** When it could first have started: `startMs` less all that it waited for until then. */
  readonly askedMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly ending: SpanEnding;
  /** How long it ran, without any wait; 0 for a call that was answered with another's result. */
  readonly ranMs: number;
  /** Before `startMs` as well as after it. After several retries all but the waits before attempts are about where they were. */
  readonly waits: readonly ToolWait[];
  /** How many attempts failed before the last. */
  readonly retries: number;
  /** Started before the model's response was complete. */
  readonly eager: boolean;
  /** Whose result it was answered with, and how long that had taken. */
  readonly shared?: { readonly conversation: string; readonly callId: string; readonly savedMs: number };
  /** Why it has no result; nothing if it has one, or nobody knows. */
  readonly failure?: ToolFailureCode;
}

/** A call whose start was never told, so that nobody knows what it waited for. */
export interface UnstartedCall {
  readonly turn: number;
  readonly callId: string;
  readonly name: string;
  /** When the response was complete that asked for it. */
  readonly askedMs: number;
  readonly endMs: number;
}

/** A background task. */
export interface TaskSpan {
  readonly seq: number;
  readonly task: string;
  readonly what: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly ending: SpanEnding;
  readonly failure?: ToolFailureCode;
}

/** A handoff, or a refused one. */
export interface HandoffMark {
  readonly seq: number;
  readonly atMs: number;
  readonly turn: number;
  readonly from: string;
  readonly to: string;
  readonly failed: boolean;
}

export interface LimitMark {
  readonly atMs: number;
  readonly model: string;
  readonly limit: number;
  readonly reason: string;
}

export interface RefusalMark {
  readonly atMs: number;
  readonly conversation: string;
  readonly model: string;
}
