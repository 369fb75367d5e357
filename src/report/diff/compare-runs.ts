import type { ModeExplanation } from '../explain/explain-run.ts';
import { explainRun } from '../explain/explain-run.ts';
import { totalOf } from '../explain/split.ts';
import type { ModeFigures } from '../page/run-figures.ts';
import { modeFigures } from '../page/run-figures.ts';
import type { RunSpans } from '../spans/run-spans.ts';
import type { TimeState } from '../spans/time-states.ts';
import { TIME_STATES } from '../spans/time-states.ts';

/** The same of two runs; nothing where one of them has none of it. */
export interface Compared {
  readonly a: number | undefined;
  readonly b: number | undefined;
}

/** A figure of both runs. `isBetterLess`: who wants it, wants less of it; neither way if it is left out. */
export interface ComparedFigure extends Compared {
  readonly key: FigureKey;
  readonly unit: 'ms' | 'count' | 'usd' | 'times';
  readonly isBetterLess?: boolean;
}

export type FigureKey =
  | 'wall'
  | 'sequential'
  | 'speedUp'
  | 'concurrency'
  | 'toolConcurrency'
  | 'p50'
  | 'p90'
  | 'max'
  | TimeState
  | 'modelCalls'
  | 'toolCalls'
  | 'failedConversations'
  | 'missed'
  | 'failedCalls'
  | 'refusals'
  | 'inputTokens'
  | 'outputTokens'
  | 'cost';

/** A tool or a model of both runs: its median and its 90th percentile. */
export interface ComparedCalls {
  readonly name: string;
  readonly count: Compared;
  readonly p50: Compared;
  readonly p90: Compared;
}

export interface ComparedConversation extends Compared {
  readonly conversation: string;
}

/** Two runs compared: their last modes, whose answers are the results. All times are milliseconds. */
export interface RunComparison {
  readonly figures: readonly ComparedFigure[];
  /** Whether both made the same numbers of calls and came to the same ends: otherwise their times tell little. */
  readonly isSameWork: boolean;
  readonly models: readonly ComparedCalls[];
  readonly tools: readonly ComparedCalls[];
  /** Of both, how long each took: those first whose time changed most. */
  readonly conversations: readonly ComparedConversation[];
  readonly onlyA: number;
  readonly onlyB: number;
}

/** Compares two runs; nothing if one of them had not begun. */
export function compareRuns(a: RunSpans, b: RunSpans): RunComparison | undefined {
  const sideA = sideOf(a);
  const sideB = sideOf(b);
  if (!sideA || !sideB) return undefined;
  const { both, onlyA, onlyB } = matched(sideA, sideB);
  return {
    figures: figuresOf(sideA, sideB),
    isSameWork: isSameWork(sideA.figures, sideB.figures),
    models: compareCalls(sideA.explanation.models, sideB.explanation.models, ({ model }) => model),
    tools: compareCalls(sideA.explanation.tools, sideB.explanation.tools, ({ name }) => name),
    conversations: both,
    onlyA,
    onlyB,
  };
}

interface Side {
  readonly figures: ModeFigures;
  readonly explanation: ModeExplanation;
}

function sideOf(run: RunSpans): Side | undefined {
  const last = run.modes.at(-1);
  const explanation = explainRun(run).modes.at(-1);
  return last && explanation && { figures: modeFigures(last), explanation };
}

function figuresOf(a: Side, b: Side): readonly ComparedFigure[] {
  const less = { isBetterLess: true };
  const of = (
    key: FigureKey,
    unit: ComparedFigure['unit'],
    read: (side: Side) => number | undefined,
    better: { readonly isBetterLess?: boolean } = {},
  ): ComparedFigure => ({ key, unit, a: read(a), b: read(b), ...better });
  const states = TIME_STATES.filter((state) =>
    [a, b].some(({ explanation: { split } }) => split[state] >= totalOf(split) * LEAST_SHARE && split[state] > 0),
  );
  return [
    of('wall', 'ms', ({ figures }) => figures.wallMs, less),
    of('sequential', 'ms', ({ figures }) => figures.sequentialMs, less),
    of('speedUp', 'times', ({ figures }) => figures.sequentialMs / Math.max(figures.wallMs, 1), {
      isBetterLess: false,
    }),
    of('concurrency', 'count', ({ explanation }) => explanation.concurrency),
    of('toolConcurrency', 'count', ({ explanation }) => explanation.toolConcurrency),
    of('p50', 'ms', ({ explanation }) => explanation.latency.fromStart.p50Ms, less),
    of('p90', 'ms', ({ explanation }) => explanation.latency.fromStart.p90Ms, less),
    of('max', 'ms', ({ explanation }) => explanation.latency.fromStart.maxMs, less),
    ...states.map((state) => of(state, 'ms', ({ explanation }) => explanation.split[state], less)),
    of('modelCalls', 'count', ({ figures }) => figures.modelCalls),
    of('toolCalls', 'count', ({ figures }) => figures.toolCalls),
    of('failedConversations', 'count', ({ figures }) => failedOf(figures), less),
    of('missed', 'count', ({ figures }) => figures.missed, less),
    of('failedCalls', 'count', ({ figures }) => figures.failedCalls, less),
    of('refusals', 'count', ({ figures }) => figures.refusals, less),
    of('inputTokens', 'count', ({ figures }) => figures.usage.inputTokens, less),
    of('outputTokens', 'count', ({ figures }) => figures.usage.outputTokens, less),
    of('cost', 'usd', ({ figures }) => figures.costUsd, less),
  ];
}

/** What took less of the time in both says nothing. */
const LEAST_SHARE = 0.01;

function failedOf({ statuses }: ModeFigures): number {
  let failed = 0;
  for (const [status, count] of statuses) if (status !== 'done') failed += count;
  return failed;
}

function isSameWork(a: ModeFigures, b: ModeFigures): boolean {
  return (
    a.modelCalls === b.modelCalls &&
    a.toolCalls === b.toolCalls &&
    [...a.statuses.keys(), ...b.statuses.keys()].every((status) => a.statuses.get(status) === b.statuses.get(status))
  );
}

type Calls = { readonly fromStart: { readonly count: number; readonly p50Ms: number; readonly p90Ms: number } };

/** Those of one as well as of the other, in the order of the first. */
function compareCalls<Each extends Calls>(
  a: readonly Each[],
  b: readonly Each[],
  nameOf: (each: Each) => string,
): readonly ComparedCalls[] {
  const byNameA = new Map(a.map((each) => [nameOf(each), each.fromStart]));
  const byNameB = new Map(b.map((each) => [nameOf(each), each.fromStart]));
  return [...new Set([...byNameA.keys(), ...byNameB.keys()])].map((name) => {
    const [one, other] = [byNameA.get(name), byNameB.get(name)];
    return {
      name,
      count: { a: one?.count, b: other?.count },
      p50: { a: one?.p50Ms, b: other?.p50Ms },
      p90: { a: one?.p90Ms, b: other?.p90Ms },
    };
  });
}

function matched({ explanation: a }: Side, { explanation: b }: Side) {
  const tookB = new Map(b.conversations.map(({ conversation, tookMs }) => [conversation, tookMs]));
  const both = a.conversations
    .filter(({ conversation }) => tookB.has(conversation))
    .map(({ conversation, tookMs }) => ({ conversation, a: tookMs, b: tookB.get(conversation) ?? 0 }))
    .sort((one, other) => Math.abs(other.b - other.a) - Math.abs(one.b - one.a));
  return { both, onlyA: a.conversations.length - both.length, onlyB: b.conversations.length - both.length };
}
