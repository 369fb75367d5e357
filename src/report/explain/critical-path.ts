import type { ModeSpans, Stretch } from '../spans/run-spans.ts';
import type { PathStep, StatedConversation } from './conversation-path.ts';
import { stepsBack } from './conversation-path.ts';

interface Held {
  readonly stated: StatedConversation;
  readonly stretch: Stretch;
}

/**
 * The chain that made a mode's time: from its end back through the conversation that ended last, through the one that held
 * that one's slot before, and so on to its start. The steps follow each other without gaps, and their lengths add up to
 * the mode's time.
 *
 * @param stated the conversations of prompts
 * @param resumesMs when the run went on in another process
 */
export function criticalPath(
  { startMs, endMs }: Pick<ModeSpans, 'startMs' | 'endMs'>,
  stated: readonly StatedConversation[],
  resumesMs: readonly number[],
): readonly PathStep[] {
  const steps: PathStep[] = [];
  const resumesLeft = resumesMs.filter((atMs) => atMs > startMs);
  let untilMs = endMs;
  const startingSince = (sinceMs: number) => {
    if (untilMs > sinceMs) steps.push({ startMs: sinceMs, endMs: untilMs, state: 'starting' });
    untilMs = sinceMs;
  };
  const all = stated.flatMap(stretchesOf);
  const byConversation = Map.groupBy(all, ({ stated: { spans } }) => spans.conversation);
  // Of stretches that took no time, one could come before the other and after it.
  const seen = new Set<Held>();
  const lastOf = (some: readonly Held[] = [], untilMs: number) => {
    const last = latest(some.filter((held) => held.stretch.endMs <= untilMs && !seen.has(held)));
    if (last) seen.add(last);
    return last;
  };
  let held = lastOf(all, endMs);
  while (held) {
    const { stretch, stated: holding } = held;
    const holder = holding.spans.conversation;
    startingSince(stretch.endMs);
    for (const step of stepsBack(holding, stretch.startMs, untilMs)) steps.push({ ...step, holder });
    untilMs = stretch.startMs;
    held = stretch.slotFrom === undefined ? undefined : lastOf(byConversation.get(stretch.slotFrom), untilMs);
    if (held) continue;
    // What follows no other one was begun with its process.
    while ((resumesLeft.at(-1) ?? startMs) > untilMs) resumesLeft.pop();
    const resumedMs = resumesLeft.pop();
    if (resumedMs === undefined) break;
    startingSince(resumedMs);
    // A process was doing much when it ended: best of all the same conversation.
    held = lastOf(byConversation.get(holder), untilMs) ?? lastOf(all, untilMs);
  }
  startingSince(startMs);
  return steps.reverse();
}

function stretchesOf(stated: StatedConversation): readonly Held[] {
  return stated.spans.stretches.map((stretch) => ({ stated, stretch }));
}

/** The stretch that ended last. */
function latest(some: readonly Held[]): Held | undefined {
  let last: Held | undefined;
  for (const held of some) if (!last || held.stretch.endMs > last.stretch.endMs) last = held;
  return last;
}
