import { lengthOf } from '../spans/length-of.ts';
import type { ConversationSpans, ModelSpan, ModeSpans, ToolSpan } from '../spans/run-spans.ts';
import type { Distribution } from './distribution.ts';
import { distributionOf } from './distribution.ts';

/**
 * How long something took. `fromStart`: while it was really worked on. `fromAsked`: since it was asked for, with all that
 * it waited for, so that a queue cannot hide: a prompt's conversation is asked for when its mode begins.
 */
export interface Latency {
  readonly fromStart: Distribution;
  readonly fromAsked: Distribution;
}

/** How long the calls of one tool took, those left out that were answered with another's result. */
export interface ToolLatency extends Latency {
  readonly name: string;
  readonly failures: number;
  readonly retries: number;
  /** Answered with the result of an equal call. */
  readonly shared: number;
}

/** How long the responses of one model took, and how long each was awaited until its first text or call. */
export interface ModelLatency extends Latency {
  readonly model: string;
  readonly firstToken: Distribution;
  /** Attempts that failed. */
  readonly failedAttempts: number;
}

/** How long the conversations of prompts took that have come to an end. */
export function conversationLatency({ conversations, startMs }: ModeSpans): Latency {
  const ended = conversations.filter(({ parent, status }) => parent === undefined && status !== undefined);
  return {
    fromStart: distributionOf(ended.map(tookMs)),
    fromAsked: distributionOf(ended.map(({ endMs }) => endMs - startMs)),
  };
}

/** How long a conversation was worked on, over all its stretches. */
export function tookMs({ stretches }: ConversationSpans): number {
  return lengthOf(stretches);
}

/** Those tools first that took the most time in all. */
export function toolLatencies({ conversations }: ModeSpans): readonly ToolLatency[] {
  const byName = Map.groupBy(
    conversations.flatMap(({ tools }) => tools),
    ({ name }) => name,
  );
  return [...byName].map(([name, calls]) => toolLatency(name, calls)).sort(byTotal);
}

/** Those models first that took the most time in all. */
export function modelLatencies({ conversations }: ModeSpans): readonly ModelLatency[] {
  const byModel = Map.groupBy(
    conversations.flatMap(({ models }) => models),
    ({ model }) => model,
  );
  return [...byModel].map(([model, calls]) => modelLatency(model, calls)).sort(byTotal);
}

function byTotal(one: Latency, other: Latency): number {
  return other.fromStart.totalMs - one.fromStart.totalMs;
}

function toolLatency(name: string, all: readonly ToolSpan[]): ToolLatency {
  const calls = all.filter(({ shared, ending }) => !shared && ending === 'ended');
  return {
    name,
    fromStart: distributionOf(calls.map(({ ranMs }) => ranMs)),
    fromAsked: distributionOf(calls.map(({ askedMs, endMs }) => endMs - askedMs)),
    failures: all.filter(({ failure }) => failure !== undefined).length,
    retries: all.reduce((sum, { retries }) => sum + retries, 0),
    shared: all.filter(({ shared }) => shared).length,
  };
}

function modelLatency(model: string, all: readonly ModelSpan[]): ModelLatency {
  const calls = all.filter(({ ending }) => ending === 'ended');
  return {
    model,
    fromStart: distributionOf(calls.map(({ attempts }) => lengthOf(attempts))),
    fromAsked: distributionOf(calls.map(({ startMs, endMs, budgetMs }) => endMs - startMs + budgetMs)),
    firstToken: distributionOf(calls.flatMap(untilFirstToken)),
    failedAttempts: calls.flatMap(({ attempts }) => attempts).filter(({ failure }) => failure !== undefined).length,
  };
}

function untilFirstToken({ firstTokenMs, attempts }: ModelSpan): readonly number[] {
  const last = attempts.at(-1);
  return firstTokenMs === undefined || !last ? [] : [firstTokenMs - last.startMs];
}
