import type { FullLimits } from './full-limits.ts';
import type {
  ConversationSpans,
  ModelSpan,
  ModelWait,
  Stretch,
  TaskSpan,
  ToolSpan,
  ToolWait,
  UnstartedCall,
} from './run-spans.ts';

/**
 * What a conversation's time goes into. At each moment it is in the first of these that is true of it:
 *
 * - `model`: a request is with its model
 * - `tools`: one of its tools runs
 * - `approval`: a call waits for a person
 * - `budget`: a request waits for room in the run's budget
 * - `refusal`, `rate`, `limit`: a request waits because the provider refused it, for a rate limit, for the number of
 *   requests at once that the provider is held to take
 * - `outage`: a request waits for a provider that has failed so often that it is only probed
 * - `retry`: a request waits before another attempt
 * - `toolRate`, `lock`, `slot`: a call waits for its tool's rate, a lock, a slot
 * - `shared`: a call waits for the result of an equal one
 * - `dependency`: it waits for other calls or background tasks
 * - `untold`: a call had not started when everything ended
 * - `overhead`: nothing of that, so that we are at work
 */
export const TIME_STATES = [
  'model',
  'tools',
  'approval',
  'budget',
  'refusal',
  'rate',
  'limit',
  'outage',
  'retry',
  'toolRate',
  'lock',
  'slot',
  'shared',
  'dependency',
  'untold',
  'overhead',
] as const;

export type TimeState = (typeof TIME_STATES)[number];

/** A part of a conversation's time in which it was in one state. */
export interface StateSegment {
  readonly state: TimeState;
  readonly startMs: number;
  readonly endMs: number;
}

/** A part of a span in which a state was true, whatever else was. */
export interface StatePiece extends StateSegment {
  readonly span: ModelSpan | ToolSpan | UnstartedCall | TaskSpan;
}

/** When which state was true of a conversation because of which span; without `limits`, `limit` is among `rate`. */
export function statePieces(
  { models, tools, unstarted, tasks }: Pick<ConversationSpans, 'models' | 'tools' | 'unstarted' | 'tasks'>,
  limits?: FullLimits,
): readonly StatePiece[] {
  const pieces: StatePiece[] = [];
  for (const span of models) {
    addModel(span, limits, (state, startMs, endMs) => {
      if (endMs > startMs) pieces.push({ state, startMs, endMs, span });
    });
  }
  for (const span of tools) {
    addTool(span, (state, startMs, endMs) => {
      if (endMs > startMs) pieces.push({ state, startMs, endMs, span });
    });
  }
  for (const span of unstarted) pieces.push({ state: 'untold', startMs: span.askedMs, endMs: span.endMs, span });
  for (const span of tasks) {
    if (span.endMs > span.startMs) {
      pieces.push({ state: 'dependency', startMs: span.startMs, endMs: span.endMs, span });
    }
  }
  return pieces;
}

/** A conversation's time in segments, which fill its stretches without gaps or overlaps, neighbours in different states. */
export function stateSegments(stretches: readonly Stretch[], pieces: readonly StatePiece[]): readonly StateSegment[] {
  const edges = pieces.flatMap(edgesOf).sort((one, other) => one.atMs - other.atMs);
  const segments: StateSegment[] = [];
  for (const stretch of stretches) fill(stretch, edges, segments);
  return segments;
}

/** A state begins to be true of a conversation, or ceases to be. */
interface Edge {
  readonly atMs: number;
  readonly state: number;
  readonly change: 1 | -1;
}

const INDEX = Object.fromEntries(TIME_STATES.map((state, index) => [state, index])) as Record<TimeState, number>;

function edgesOf({ state, startMs, endMs }: StatePiece): readonly Edge[] {
  return [
    { atMs: startMs, state: INDEX[state], change: 1 },
    { atMs: endMs, state: INDEX[state], change: -1 },
  ];
}

/** Goes along a stretch from edge to edge. */
function fill({ startMs, endMs }: Stretch, edges: readonly Edge[], segments: StateSegment[]): void {
  const open = new Array<number>(TIME_STATES.length).fill(0);
  let sinceMs = startMs;
  const go = (toMs: number) => {
    if (toMs <= sinceMs) return;
    const state = TIME_STATES[open.findIndex((count) => count > 0)] ?? 'overhead';
    const last = segments.at(-1);
    if (last?.state === state && sinceMs > startMs) {
      segments[segments.length - 1] = { state, startMs: last.startMs, endMs: toMs };
    } else segments.push({ state, startMs: sinceMs, endMs: toMs });
    sinceMs = toMs;
  };
  for (const { atMs, state, change } of edges) {
    if (atMs >= endMs) break;
    go(atMs);
    open[state] = (open[state] ?? 0) + change;
  }
  go(endMs);
}

/** Hears that a state was true of a conversation from one moment to another; nothing is to be made of an empty one. */
export type Add = (state: TimeState, startMs: number, endMs: number) => void;

/** Tells when a model call was in which state. */
export function addModel(
  { model, startMs, budgetMs, attempts, waits }: ModelSpan,
  limits: FullLimits | undefined,
  add: Add,
): void {
  add('budget', startMs - budgetMs, startMs);
  for (const attempt of attempts) add('model', attempt.startMs, attempt.endMs);
  for (const wait of waits) {
    if (wait.reason === 'rate' && limits) addRateWait(wait, limits.during(model, wait.startMs, wait.endMs), add);
    else add(wait.reason, wait.startMs, wait.endMs);
  }
}

/** While a limit was full it is what was waited for, and rates otherwise. */
function addRateWait(
  { startMs, endMs }: ModelWait,
  full: readonly { readonly startMs: number; readonly endMs: number }[],
  add: Add,
): void {
  let nowMs = startMs;
  for (const part of full) {
    add('rate', nowMs, part.startMs);
    add('limit', part.startMs, part.endMs);
    nowMs = part.endMs;
  }
  add('rate', nowMs, endMs);
}

/** Tells when a tool call was in which state. */
export function addTool({ startMs, endMs, waits }: ToolSpan, add: Add): void {
  let nowMs = startMs;
  for (const wait of waits) {
    add(TOOL_WAITS[wait.reason], wait.startMs, wait.endMs);
    if (wait.endMs <= startMs) continue;
    add('tools', nowMs, wait.startMs);
    nowMs = wait.endMs;
  }
  add('tools', nowMs, endMs);
}

const TOOL_WAITS: Readonly<Record<ToolWait['reason'], TimeState>> = {
  dependency: 'dependency',
  approval: 'approval',
  rate: 'toolRate',
  lock: 'lock',
  turn: 'slot',
  slot: 'slot',
  retry: 'retry',
  shared: 'shared',
};
