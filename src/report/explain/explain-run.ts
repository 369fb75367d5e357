import type { Mode } from '../../contract/event.ts';
import { FullLimits } from '../spans/full-limits.ts';
import type { ConversationSpans, ModeSpans, RunSpans } from '../spans/run-spans.ts';
import { statePieces, stateSegments } from '../spans/time-states.ts';
import type { Advice } from './advice.ts';
import { adviseOn } from './advice.ts';
import type { Ceiling } from './ceiling.ts';
import { ceilingOf } from './ceiling.ts';
import type { PathStep, StatedConversation } from './conversation-path.ts';
import type { ConversationSplit } from './conversation-split.ts';
import { conversationSplit } from './conversation-split.ts';
import { criticalPath } from './critical-path.ts';
import type { Latency, ModelLatency, ToolLatency } from './latencies.ts';
import { conversationLatency, modelLatencies, toolLatencies } from './latencies.ts';
import { mostAtOnce } from './most-at-once.ts';
import { rescheduledMs } from './reschedule.ts';
import type { SlotUse } from './slot-use.ts';
import { slotUse } from './slot-use.ts';
import type { Split } from './split.ts';
import { splitOf, sumSplits } from './split.ts';
import type { Straggler } from './stragglers.ts';
import { stragglersOf } from './stragglers.ts';

/** Where a run's time went. All `...Ms` are milliseconds; `startMs` and `endMs` count from the run's start. */
export interface RunExplanation {
  readonly run: Omit<RunSpans, 'modes'>;
  readonly modes: readonly ModeExplanation[];
}

/** Where the time of one mode went. */
export interface ModeExplanation {
  readonly mode: Mode;
  readonly ending: 'ended' | 'open';
  readonly startMs: number;
  readonly wallMs: number;
  /** As it was allowed at the end. */
  readonly concurrency: number;
  readonly toolConcurrency: number;
  readonly prompts: number;
  /** Requests that providers refused because of rate limits. */
  readonly refusals: number;
  /** The sum over the conversations of prompts: at each moment of its time a conversation is in exactly one state. */
  readonly split: Split;
  /** What slots were used for over the whole mode, and in equal parts of it. */
  readonly slots: { readonly whole: SlotUse; readonly parts: readonly SlotUse[] };
  /** The lengths of the steps add up to `wallMs`. */
  readonly path: readonly PathStep[];
  readonly ceiling: Ceiling;
  readonly advice: readonly Advice[];
  readonly latency: Latency;
  readonly models: readonly ModelLatency[];
  readonly tools: readonly ToolLatency[];
  readonly stragglers: readonly Straggler[];
  /** All of them, in the order in which they first started, with those that were delegated among them. */
  readonly conversations: readonly ConversationSplit[];
}

/** Into how many parts the use of slots over time is divided. */
const PARTS = 60;

/** Explains each mode of a run. */
export function explainRun(spans: RunSpans): RunExplanation {
  const { modes, ...run } = spans;
  return { run, modes: modes.map((mode) => explainMode(mode, spans)) };
}

function explainMode(mode: ModeSpans, { prompts, resumes }: RunSpans): ModeExplanation {
  const { startMs, endMs } = mode;
  const resumesMs = resumes.map(({ atMs }) => atMs);
  const stated = state(mode);
  const own = stated.filter(({ spans }) => spans.parent === undefined);
  const conversations = stated.map((one) => conversationSplit(one, startMs));
  const ownSplits = conversations.filter(({ parent }) => parent === undefined);
  const split = sumSplits(ownSplits.map((each) => each.split));
  const { concurrency, toolConcurrency } = mode.allowed.at(-1) ?? { concurrency: 1, toolConcurrency: 1 };
  const path = criticalPath(mode, own, resumesMs);
  return {
    mode: mode.mode,
    ending: mode.ending,
    startMs,
    wallMs: endMs - startMs,
    concurrency,
    toolConcurrency,
    prompts,
    refusals: mode.refusals.length,
    split,
    slots: slotUse(mode, own, { resumesMs, prompts, parts: PARTS }),
    path,
    ceiling: ceilingOf(ownSplits),
    advice: adviseOn({
      mode: mode.mode,
      wallMs: endMs - startMs,
      concurrency,
      toolConcurrency,
      mostToolCalls: mostAtOnce(mode.conversations.flatMap(({ tools }) => tools)),
      conversations: own.length,
      done: own.filter(({ spans }) => spans.status === 'done').length,
      split,
      turnWaitMs: own.reduce((sum, { spans }) => sum + turnWaitOf(spans), 0),
      decisive: splitOf(path.flatMap(({ state, ...step }) => (state === 'starting' ? [] : [{ ...step, state }]))),
      ...estimates(endMs - startMs, concurrency, ownSplits),
    }),
    latency: conversationLatency(mode),
    models: modelLatencies(mode),
    tools: toolLatencies(mode),
    stragglers: stragglersOf(ownSplits, own),
    conversations,
  };
}

/** How long its turns had calls that waited for others of the same turn. */
function turnWaitOf({ tools }: ConversationSpans): number {
  const byTurn = new Map<number, number>();
  for (const { turn, waits } of tools) {
    for (const { reason, startMs, endMs } of waits) {
      if (reason === 'turn') byTurn.set(turn, Math.max(byTurn.get(turn) ?? 0, endMs - startMs));
    }
  }
  return [...byTurn.values()].reduce((sum, ms) => sum + ms, 0);
}

/** What rescheduling does not know of, such as the time to start, is taken to stay as it was. */
function estimates(wallMs: number, concurrency: number, conversations: readonly ConversationSplit[]) {
  const lengthsMs = conversations.map(({ tookMs }) => tookMs);
  const restMs = Math.max(0, wallMs - rescheduledMs(lengthsMs, concurrency));
  const longestFirst = lengthsMs.toSorted((one, other) => other - one);
  return {
    wallAt: (setting: number) => restMs + rescheduledMs(lengthsMs, setting),
    wallLongestFirst: restMs + rescheduledMs(longestFirst, concurrency),
  };
}

function state(mode: ModeSpans): readonly StatedConversation[] {
  const limits = new FullLimits(mode);
  const delegated = new Map<string, StatedConversation[]>();
  const stated = mode.conversations.map((spans): StatedConversation => {
    const children: StatedConversation[] = [];
    delegated.set(spans.conversation, children);
    const pieces = statePieces(spans, limits);
    return { spans, pieces, segments: stateSegments(spans.stretches, pieces), children };
  });
  // A parent comes before its children, whatever a journal says: so none is its own ancestor.
  const seen = new Set<string>();
  for (const one of stated) {
    const { parent, conversation } = one.spans;
    if (parent !== undefined && seen.has(parent)) delegated.get(parent)?.push(one);
    seen.add(conversation);
  }
  return stated;
}
