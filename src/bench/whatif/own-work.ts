import type { ConversationSpans, ModeSpans } from '../../report/spans/run-spans.ts';
import { statePieces, stateSegments } from '../../report/spans/time-states.ts';

/** Our own work around a model call: what came right before it, and what came after it and its tool calls. */
export interface OwnWork {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Moments nearer to each other than this are the same. */
const SAME_MS = 1e-6;

/**
 * The time in which nothing of a conversation went on but our own work, by the `seq` of the model call that it belongs to.
 * What passed between a slot's getting free and the start of the conversation that took it is before the first one; of what
 * was before the run was gone on with, nothing is.
 */
export function ownWork(mode: ModeSpans, resumesMs: readonly number[] = []): ReadonlyMap<number, OwnWork> {
  const endsMs = new Map(mode.conversations.map(({ conversation, endMs }) => [conversation, endMs]));
  const begunMs = (atMs: number) => Math.max(mode.startMs, ...resumesMs.filter((resumeMs) => resumeMs <= atMs));
  const work = new Map<number, { beforeMs: number; afterMs: number }>();
  for (const conversation of mode.conversations) {
    const { models, stretches } = conversation;
    for (const { seq } of models) work.set(seq, { beforeMs: 0, afterMs: 0 });
    const first = work.get(models[0]?.seq ?? -1);
    if (!first) continue;
    if (conversation.parent === undefined) first.beforeMs += startingMs(stretches[0], begunMs, endsMs);
    for (const { startMs, endMs } of idleParts(conversation)) {
      const next = models.find((model) => Math.abs(model.startMs - model.budgetMs - endMs) < SAME_MS);
      const last = models.findLast((model) => model.endMs <= startMs + SAME_MS);
      const before = next && work.get(next.seq);
      const after = last && work.get(last.seq);
      if (before) before.beforeMs += endMs - startMs;
      else if (after) after.afterMs += endMs - startMs;
      else first.beforeMs += endMs - startMs;
    }
  }
  return work;
}

function startingMs(
  stretch: ConversationSpans['stretches'][number] | undefined,
  begunMs: (atMs: number) => number,
  endsMs: ReadonlyMap<string, number>,
): number {
  if (!stretch) return 0;
  const { startMs, slotFrom } = stretch;
  const freeMs = slotFrom === undefined ? 0 : (endsMs.get(slotFrom) ?? startMs);
  return Math.max(0, startMs - Math.max(freeMs, begunMs(startMs)));
}

/** What is between a wait and its attempt is part of the model call. */
function idleParts(conversation: ConversationSpans) {
  const isWithinCall = (startMs: number, endMs: number) =>
    conversation.models.some((model) => model.startMs <= startMs && endMs <= model.endMs);
  return stateSegments(conversation.stretches, statePieces(conversation)).filter(
    ({ state, startMs, endMs }) => state === 'overhead' && !isWithinCall(startMs, endMs),
  );
}
