import type { ConversationSpans, ModelSpan, TaskSpan, ToolSpan, UnstartedCall } from '../spans/run-spans.ts';
import { statePieces, stateSegments } from '../spans/time-states.ts';

/** What bars are of. */
export type BarSpan = ModelSpan | ToolSpan | UnstartedCall | TaskSpan;

/** What a bar of the timeline shows. `shared`: a call that was answered with another's result. */
type BarKind = 'model' | 'tool' | 'shared' | 'task' | 'wait';

/** A part of a span, drawn in one lane of its conversation's row. */
export interface Bar {
  readonly kind: BarKind;
  readonly lane: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly isFailed: boolean;
  /** It did not end: its process died, or it still goes on. */
  readonly isCut: boolean;
  /** Of a wait: what for. */
  readonly reason?: string;
  readonly span: BarSpan;
}

/** The conversation goes on with another agent, whose bars are in another lane. */
export interface HandoffArrow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fromLane: number;
  readonly toLane: number;
  readonly from: string;
  readonly to: string;
  readonly isRefused: boolean;
}

/** A conversation's row: its bars in the order in which they start, in as few lanes as keep them apart. */
export interface ConversationRow {
  readonly spans: ConversationSpans;
  /** How many delegations it is away from a prompt's own conversation. */
  readonly depth: number;
  readonly lanes: number;
  readonly bars: readonly Bar[];
  readonly arrows: readonly HandoffArrow[];
}

/** More of them share the last one. */
const MOST_LANES = 32;

/** An early call overlaps the last moments of its model's response: mostly by too little to be worth a lane. */
const MOST_OVERLAP_MS = 10;

/** Lays out a conversation: a group of lanes for each agent that spoke, then one for its background tasks. */
export function conversationRow(spans: ConversationSpans, depth: number): ConversationRow {
  const { agentOf, agents } = agentsOf(spans);
  const bars: Bar[] = [];
  const laneOfAgent = new Map<string, number>();
  let lanes = 0;
  for (const agent of agents) {
    laneOfAgent.set(agent, Math.min(lanes, MOST_LANES - 1));
    const own = [
      ...spans.models.filter((span) => span.agent === agent),
      ...[...spans.tools, ...spans.unstarted].filter((span) => agentOf(span.turn) === agent),
    ];
    lanes += place(own, lanes, bars);
  }
  lanes += place(spans.tasks, lanes, bars);
  const laneAt = (ms: number) =>
    laneOfAgent.get(spans.models.findLast(({ startMs }) => startMs <= ms)?.agent ?? '') ?? 0;
  bars.push(...taskWaits(spans, laneAt));
  bars.sort((one, other) => one.startMs - other.startMs);
  const arrows = spans.handoffs.map(({ atMs, from, to, failed }): HandoffArrow => {
    const next = spans.models.find(({ startMs, agent }) => startMs >= atMs && agent === to);
    const fromLane = laneOfAgent.get(from) ?? 0;
    const toLane = failed ? fromLane : (laneOfAgent.get(to) ?? fromLane);
    return {
      fromMs: atMs,
      toMs: failed ? atMs : (next?.startMs ?? atMs),
      fromLane,
      toLane,
      from,
      to,
      isRefused: failed,
    };
  });
  return { spans, depth, lanes: Math.max(1, Math.min(lanes, MOST_LANES)), bars, arrows };
}

/** The agents in the order in which they spoke, and who spoke in which turn. */
function agentsOf({ agent, models }: ConversationSpans) {
  const byTurn = new Map(models.map((span) => [span.turn, span.agent]));
  const agents = new Set(models.map((span) => span.agent));
  if (agents.size === 0) agents.add(agent);
  const [first = agent] = agents;
  return { agents, agentOf: (turn: number) => byTurn.get(turn) ?? first };
}

/** When nothing of a conversation went on but its background tasks, and no call waited for them. */
function taskWaits(spans: ConversationSpans, laneAt: (ms: number) => number): readonly Bar[] {
  const { stretches, tasks, tools } = spans;
  if (tasks.length === 0) return [];
  return stateSegments(stretches, statePieces(spans)).flatMap(({ state, startMs, endMs }): Bar[] => {
    if (state !== 'dependency' || tools.some((tool) => tool.askedMs < endMs && tool.endMs > startMs)) return [];
    const awaited = tasks.find((task) => task.startMs < endMs && task.endMs >= endMs);
    if (!awaited) return [];
    const wait = { kind: 'wait', reason: state, isFailed: false, isCut: false } as const;
    return [{ ...wait, lane: laneAt(startMs), startMs, endMs, span: awaited }];
  });
}

/** Puts each span into the first lane that is free. Returns how many lanes that took. */
function place(spans: readonly BarSpan[], firstLane: number, bars: Bar[]): number {
  const lanes: { modelEndMs: number; otherEndMs: number }[] = [];
  for (const span of spans.toSorted((one, other) => fromOf(one) - fromOf(other))) {
    const startMs = fromOf(span);
    const [own, others] =
      'attempts' in span ? (['modelEndMs', 'otherEndMs'] as const) : (['otherEndMs', 'modelEndMs'] as const);
    const free = lanes.findIndex((each) => each[own] <= startMs && each[others] <= startMs + MOST_OVERLAP_MS);
    const at = free < 0 ? lanes.length : free;
    const lane = lanes[at] ?? { modelEndMs: Number.NEGATIVE_INFINITY, otherEndMs: Number.NEGATIVE_INFINITY };
    lane[own] = span.endMs;
    lanes[at] = lane;
    addBars(span, Math.min(firstLane + at, MOST_LANES - 1), bars);
  }
  return lanes.length;
}

function fromOf(span: BarSpan): number {
  if ('askedMs' in span) return span.askedMs;
  return 'budgetMs' in span ? span.startMs - span.budgetMs : span.startMs;
}

function addBars(span: BarSpan, lane: number, bars: Bar[]): void {
  const isCut = 'ending' in span && span.ending !== 'ended';
  const common = { lane, span };
  const wait = (reason: string, startMs: number, endMs: number) => {
    if (endMs > startMs) bars.push({ ...common, kind: 'wait', startMs, endMs, reason, isFailed: false, isCut: false });
  };
  if ('attempts' in span) {
    wait('budget', span.startMs - span.budgetMs, span.startMs);
    for (const { reason, startMs, endMs } of span.waits) wait(reason, startMs, endMs);
    for (const [at, { startMs, endMs, failure }] of span.attempts.entries()) {
      const isLast = at === span.attempts.length - 1;
      bars.push({ ...common, kind: 'model', startMs, endMs, isFailed: failure !== undefined, isCut: isCut && isLast });
    }
    return;
  }
  if (!('ending' in span)) {
    wait('untold', span.askedMs, span.endMs);
    return;
  }
  const isFailed = span.failure !== undefined;
  if (!('callId' in span)) {
    bars.push({ ...common, kind: 'task', startMs: span.startMs, endMs: span.endMs, isFailed, isCut });
    return;
  }
  for (const { reason, startMs, endMs } of span.waits) wait(reason, startMs, endMs);
  for (const part of runningParts(span)) {
    bars.push({ ...common, ...part, kind: span.shared ? 'shared' : 'tool', isFailed, isCut });
  }
}

/** When a call's tool ran: from its start to its end without its waits. */
function runningParts({ startMs, endMs, waits }: ToolSpan) {
  const parts: { startMs: number; endMs: number }[] = [];
  let nowMs = startMs;
  for (const wait of waits) {
    if (wait.endMs <= startMs) continue;
    if (wait.startMs > nowMs) parts.push({ startMs: nowMs, endMs: wait.startMs });
    nowMs = Math.max(nowMs, wait.endMs);
  }
  if (endMs > nowMs || parts.length === 0) parts.push({ startMs: nowMs, endMs });
  return parts;
}
