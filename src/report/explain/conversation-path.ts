import type { ConversationSpans } from '../spans/run-spans.ts';
import type { StatePiece, StateSegment, TimeState } from '../spans/time-states.ts';

/** A step of the chain that made the time of a mode: nothing could have gone on sooner. */
export interface PathStep {
  readonly startMs: number;
  readonly endMs: number;
  /** `starting`: the run was beginning, ending, or between one conversation and the next. */
  readonly state: TimeState | 'starting';
  /** The conversation that the step is of, and the one that held the slot: another one where the first was delegated. */
  readonly conversation?: string;
  readonly holder?: string;
  /** The tool, the model, or what the task does. */
  readonly name?: string;
  readonly turn?: number;
  readonly callId?: string;
}

/** Where a conversation's time went, in both its forms. */
export interface StatedConversation {
  readonly spans: ConversationSpans;
  readonly segments: readonly StateSegment[];
  readonly pieces: readonly StatePiece[];
  /** Those that it delegated. */
  readonly children: readonly StatedConversation[];
}

/**
 * What held a conversation up from one moment to another, step by step from the last to the first: of what went on at the
 * same time, what ended last. While it waited for a conversation that it had delegated, the steps are of that one.
 */
export function* stepsBack(stated: StatedConversation, fromMs: number, toMs: number): Generator<PathStep, void, void> {
  for (const segment of stated.segments.toReversed()) {
    const startMs = Math.max(segment.startMs, fromMs);
    const endMs = Math.min(segment.endMs, toMs);
    if (endMs > startMs) yield* stepsOf({ ...segment, startMs, endMs }, stated);
  }
}

function* stepsOf(
  { state, startMs, endMs }: StateSegment,
  stated: StatedConversation,
): Generator<PathStep, void, void> {
  const { conversation } = stated.spans;
  let untilMs = endMs;
  while (untilMs > startMs) {
    const child = state === 'dependency' ? lastChild(stated, startMs, untilMs) : undefined;
    if (child && child.endMs >= untilMs) {
      yield* stepsBack(child.stated, Math.max(startMs, child.startMs), untilMs);
      untilMs = Math.max(startMs, child.startMs);
      continue;
    }
    const piece = lastPiece(stated.pieces, state, untilMs);
    const sinceMs = Math.max(startMs, piece?.startMs ?? startMs, child?.endMs ?? startMs);
    yield { startMs: sinceMs, endMs: untilMs, state, conversation, ...(piece ? aboutOf(piece) : {}) };
    untilMs = sinceMs;
  }
}

/** Of the pieces that go on until then, the one that went on longest afterwards: it is what was waited for. */
function lastPiece(pieces: readonly StatePiece[], state: TimeState, untilMs: number): StatePiece | undefined {
  let last: StatePiece | undefined;
  for (const piece of pieces) {
    if (piece.state !== state || piece.startMs >= untilMs || piece.endMs < untilMs) continue;
    if (!last || piece.endMs > last.endMs) last = piece;
  }
  return last;
}

/** The delegated conversation whose work came last in a part of time. */
function lastChild({ children }: StatedConversation, startMs: number, untilMs: number) {
  let last: { readonly stated: StatedConversation; readonly startMs: number; readonly endMs: number } | undefined;
  for (const stated of children) {
    for (const stretch of stated.spans.stretches) {
      const endMs = Math.min(stretch.endMs, untilMs);
      if (stretch.startMs >= untilMs || endMs <= startMs || stretch.startMs >= endMs) continue;
      if (!last || endMs > last.endMs) last = { stated, startMs: stretch.startMs, endMs };
    }
  }
  return last;
}

function aboutOf({ span }: StatePiece): Pick<PathStep, 'name' | 'turn' | 'callId'> {
  if ('task' in span) return { name: span.what };
  if ('callId' in span) return { name: span.name, turn: span.turn, callId: span.callId };
  return { name: span.model, turn: span.turn };
}
