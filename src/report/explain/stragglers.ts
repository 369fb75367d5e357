import type { TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';
import type { StatedConversation } from './conversation-path.ts';
import type { ConversationSplit } from './conversation-split.ts';
import { distributionOf } from './distribution.ts';

/** A conversation that took much longer than most. */
export interface Straggler {
  readonly conversation: string;
  readonly tookMs: number;
  /** The median of all of them. */
  readonly usualMs: number;
  /** What most of the difference went into: how much, and what is usual. */
  readonly because: {
    readonly state: TimeState;
    readonly ms: number;
    readonly usualMs: number;
    /** The longest of the calls that it went into. */
    readonly longest?: { readonly name: string; readonly turn: number; readonly ms: number };
  };
  readonly turns: number;
  readonly usualTurns: number;
}

/** More than that many times the median is much longer, if it is at least that much more. */
const TIMES = 2;
const WORTH_SAYING_MS = 500;
/** With fewer there is no usual. */
const ENOUGH = 3;

/** The longest first. Of conversations that came to an end. */
export function stragglersOf(
  conversations: readonly ConversationSplit[],
  stated: readonly StatedConversation[],
): readonly Straggler[] {
  const ended = conversations.filter(({ status }) => status !== undefined);
  if (ended.length < ENOUGH) return [];
  const median = (of: (one: ConversationSplit) => number) => distributionOf(ended.map(of)).p50Ms;
  const usualMs = median(({ tookMs }) => tookMs);
  const long = ended.filter(({ tookMs }) => tookMs > TIMES * usualMs && tookMs - usualMs >= WORTH_SAYING_MS);
  if (long.length === 0) return [];
  const usual = new Map(TIME_STATES.map((state) => [state, median(({ split }) => split[state])]));
  const usualTurns = median(({ turns }) => turns);
  const byId = new Map(stated.map((one) => [one.spans.conversation, one]));
  return long
    .sort((one, other) => other.tookMs - one.tookMs)
    .map(({ conversation, tookMs, split, turns }) => {
      const because = TIME_STATES.map((state) => ({ state, ms: split[state], usualMs: usual.get(state) ?? 0 })).reduce(
        (most, next) => (next.ms - next.usualMs > most.ms - most.usualMs ? next : most),
      );
      const longest = longestOf(byId.get(conversation), because.state);
      return {
        conversation,
        tookMs,
        usualMs,
        because: { ...because, ...(longest ? { longest } : {}) },
        turns,
        usualTurns,
      };
    });
}

function longestOf(stated: StatedConversation | undefined, state: TimeState) {
  if (state !== 'model' && state !== 'tools') return undefined;
  let longest: { readonly name: string; readonly turn: number; readonly ms: number } | undefined;
  for (const piece of stated?.pieces ?? []) {
    if (piece.state !== state || 'task' in piece.span) continue;
    const ms = piece.endMs - piece.startMs;
    const name = 'callId' in piece.span ? piece.span.name : piece.span.model;
    if (!longest || ms > longest.ms) longest = { name, turn: piece.span.turn, ms };
  }
  return longest;
}
