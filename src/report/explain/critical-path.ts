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
  const byId = new Map(stated.map((one) => [one.spans.conversation, one]));
  let untilMs = endMs;
  const startingSince = (sinceMs: number) => {
    if (untilMs > sinceMs) steps.push({ startMs: sinceMs, endMs: untilMs, state: 'starting' });
    untilMs = sinceMs;
  };
  let held = lastOf(stated.flatMap(stretchesOf), endMs);
  while (held) {
    const { stretch } = held;
    startingSince(stretch.endMs);
    const holder = held.stated.spans.conversation;
    for (const step of stepsBack(held.stated, stretch.startMs, untilMs)) steps.push({ ...step, holder });
    untilMs = stretch.startMs;
    const before = stretch.slotFrom === undefined ? undefined : byId.get(stretch.slotFrom);
    held = before ? lastOf(stretchesOf(before), untilMs) : undefined;
    if (held) continue;
    // What follows no other one was begun with its process.
    while ((resumesLeft.at(-1) ?? startMs) > untilMs) resumesLeft.pop();
    const resumedMs = resumesLeft.pop();
    if (resumedMs === undefined) break;
    startingSince(resumedMs);
    held = beforeResume(stated, stretch, untilMs);
  }
  startingSince(startMs);
  return steps.reverse();
}

/** What a process was doing when it ended: the same conversation if it worked on it, or else what ended last. */
function beforeResume(stated: readonly StatedConversation[], after: Stretch, resumedMs: number): Held | undefined {
  const same = stated.find(({ spans }) => spans.stretches.includes(after));
  const own = same ? stretchesOf(same).filter(({ stretch }) => stretch !== after) : [];
  return lastOf(own, resumedMs) ?? lastOf(stated.flatMap(stretchesOf), resumedMs);
}

function stretchesOf(stated: StatedConversation): readonly Held[] {
  return stated.spans.stretches.map((stretch) => ({ stated, stretch }));
}

/** The one that ended last, of those that had ended by then. */
function lastOf(all: readonly Held[], untilMs: number): Held | undefined {
  let last: Held | undefined;
  for (const held of all) {
    if (held.stretch.endMs > untilMs) continue;
    if (!last || held.stretch.endMs > last.stretch.endMs) last = held;
  }
  return last;
}
