import type { ConversationStatus, EventOf } from '../contract/event.ts';
import type { Missed } from '../contract/expectation.ts';
import type { JsonObject } from '../contract/json.ts';
import type { PromptSource } from '../contract/prompt.ts';
import { thousandths } from '../contract/thousandths.ts';

/** What came of one prompt: a line of `results.jsonl`. */
export interface ResultRow {
  readonly id: string;
  readonly index: number;
  readonly status: ConversationStatus;
  readonly answer: string;
  readonly agent: string;
  readonly model: string;
  readonly turns: number;
  readonly toolCalls: number;
  readonly handoffs: number;
  readonly tokens: {
    readonly input: number;
    /** Part of `input`. */
    readonly cached: number;
    readonly output: number;
    /** Part of `output`. */
    readonly reasoning: number;
  };
  /** US dollars at list price, to nine decimals; nothing where a price is not known. */
  readonly costUsd: number | null;
  /** Milliseconds, to three decimals, over all attempts at it. Calls at the same time count each in full, so parts may add up to more than `tookMs`. */
  readonly times: {
    /** Before it started, waiting for a slot; not part of `tookMs`. */
    readonly queuedMs: number;
    /** In model calls, without the waits between attempts. */
    readonly modelMs: number;
    readonly toolMs: number;
    /** Between attempts. */
    readonly waitedMs: number;
    readonly tookMs: number;
  };
  readonly error: string | null;
  /** What of the expected did not come true: empty if all did, absent where nothing was expected. */
  readonly missed?: readonly Missed[];
  /** Calls that were interrupted and not run again: tool names with call ids. */
  readonly uncertain?: readonly string[];
  readonly source: PromptSource;
  readonly metadata?: JsonObject;
}

/** What is known of a conversation before it ends. */
export interface Running {
  readonly source: PromptSource;
  readonly metadata: JsonObject | undefined;
  readonly queuedMs: number;
  modelMs: number;
  toolMs: number;
  waitedMs: number;
}

const UNKNOWN_SOURCE: PromptSource = { file: '', line: 0 };

/** A conversation begins, or goes on from where an earlier attempt stood: then what is known of that stays. */
export function startRunning(event: EventOf<'conversation_start'>, earlier?: Running): Running {
  if (event.resumed && earlier) return earlier;
  const { source, metadata, queuedMs } = event;
  return { source, metadata, queuedMs, modelMs: 0, toolMs: 0, waitedMs: 0 };
}

/** Adds what a call took. */
export function addSpan(running: Running | undefined, event: EventOf<'model_end' | 'tool_end'>): void {
  if (!running) return;
  if (event.kind === 'tool_end') {
    running.toolMs += event.tookMs;
    return;
  }
  running.modelMs += event.tookMs - event.waitedMs;
  running.waitedMs += event.waitedMs;
}

/** The row of a conversation that has ended. */
export function resultRow(event: EventOf<'conversation_end'>, running: Running | undefined): ResultRow {
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = event.usage;
  return {
    id: event.conversation,
    index: event.index,
    status: event.status,
    answer: event.answer,
    agent: event.agent,
    model: event.model,
    turns: event.turns,
    toolCalls: event.toolCalls,
    handoffs: event.handoffs,
    tokens: { input: inputTokens, cached: cachedInputTokens, output: outputTokens, reasoning: reasoningTokens },
    costUsd: event.costUsd === undefined ? null : Math.round(event.costUsd * 1e9) / 1e9,
    times: {
      queuedMs: thousandths(running?.queuedMs ?? 0),
      modelMs: thousandths(running?.modelMs ?? 0),
      toolMs: thousandths(running?.toolMs ?? 0),
      waitedMs: thousandths(running?.waitedMs ?? 0),
      tookMs: thousandths(event.tookMs),
    },
    error: event.problem ?? null,
    ...(event.missed ? { missed: event.missed } : {}),
    ...(event.uncertain ? { uncertain: event.uncertain } : {}),
    source: running?.source ?? UNKNOWN_SOURCE,
    ...(running?.metadata && { metadata: running.metadata }),
  };
}
