import type { RecordedDecision, RecordedOutcome } from '../../contract/cassette.ts';
import type { Mode, ModelResult } from '../../contract/event.ts';
import type { ToolCall } from '../../contract/message.ts';
import type { ModelErrorCode } from '../../contract/model.ts';
import type { Prompt } from '../../contract/prompt.ts';
import type { ToolEffect } from '../../contract/tool.ts';

/** The work of a run's last mode with how long its parts took: what it can be scheduled anew from. */
export interface RecordedWork {
  readonly mode: Mode;
  readonly concurrency: number;
  readonly toolConcurrency: number;
  readonly wallMs: number;
  /** What `wallMs` is: of a replay that let its delays pass at once, nothing was measured. */
  readonly timed: 'measured' | 'virtual';
  /** From the end of its last conversation to its own. */
  readonly tailMs: number;
  /** In the order in which they were started. */
  readonly prompts: readonly Prompt[];
  /** By conversation, those that were delegated too. */
  readonly turns: ReadonlyMap<string, readonly RecordedTurn[]>;
  readonly calls: CallsByPlace;
  readonly agents: ReadonlyMap<string, RecordedAgent>;
  readonly facts: RecordedFacts;
  /** Why it is not the whole of a run, if it is not. */
  readonly flaw?: string;
}

/** What is known of an agent when nothing but its conversations is. */
export interface RecordedAgent {
  /** What it was asked for to be answered by, if that was always the same. */
  readonly model: string | undefined;
  readonly handoffs: ReadonlySet<string>;
  readonly tools: ReadonlyMap<string, ToolEffect>;
}

/** A model call. `beforeMs` and `afterMs` are our own work around it, while nothing else of the conversation went on. */
export interface RecordedTurn {
  readonly model: string;
  readonly beforeMs: number;
  readonly afterMs: number;
  /** At least one; all but the last failed. */
  readonly attempts: readonly RecordedAttempt[];
  readonly result: ModelResult;
  /** What it asked for, and when that was complete if its tool was started before the response was. */
  readonly calls: readonly { readonly call: ToolCall; readonly atMs?: number }[];
}

export interface RecordedAttempt {
  readonly tookMs: number;
  /** How long after the one before it, whoever's, it was sent, if these were sent in one go: our own work between them. */
  readonly apartMs?: number;
  /** To the first part of the response, if there is one. */
  readonly firstMs?: number;
  readonly failure?: {
    readonly code: ModelErrorCode;
    readonly message: string;
    /** Until the next one, and what the server asked for. */
    readonly waitMs: number;
    readonly askedMs?: number;
  };
}

/** A tool call: its attempts, one after the other, and what a person said to it. */
export interface RecordedToolCall {
  readonly attempts: readonly { readonly tookMs: number; readonly outcome: RecordedOutcome }[];
  readonly decision?: Pick<RecordedDecision, 'tookMs' | 'decision'>;
  /** Its arguments did not fit the tool. */
  readonly isMisfit: boolean;
  readonly name: string;
  readonly argumentsText: string;
}

/** By conversation and call id; several where one id was used again. */
type CallsByPlace = ReadonlyMap<string, readonly RecordedToolCall[]>;

export function placeOf(conversation: string, callId: string): string {
  return JSON.stringify([conversation, callId]);
}

/** What a prediction has to be taken with a grain of salt for. */
export interface RecordedFacts {
  /** Attempts that providers refused because of their rate limits. */
  readonly refusals: number;
  /** About how long the head of a response took, if a provider was heard to say in one that there is room for more requests. */
  readonly headMs?: number;
  readonly budgetMs: number;
  readonly approvals: number;
  readonly toolRetries: number;
  readonly tasks: number;
  readonly resumes: number;
  readonly notDone: number;
}
