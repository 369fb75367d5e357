import type { ModelAttempt, ModelSpan, ModeSpans } from '../../report/spans/run-spans.ts';

/** How long after the one before it an attempt was sent. */
export type SentApart = ReadonlyMap<ModelAttempt, number>;

/** What was let through so soon after another was let through with it, and only our own work came between them. */
const TOGETHER_MS = 1;

/** Of a mode's attempts, those that had waited and were let through together with the one that was sent before them. */
export function sentApart({ conversations }: ModeSpans): SentApart {
  const sent = conversations.flatMap(({ models }) => models.flatMap(letThrough));
  const apart = new Map<ModelAttempt, number>();
  let last: LetThrough | undefined;
  for (const each of sent.toSorted((one, other) => one.attempt.startMs - other.attempt.startMs)) {
    if (last && Math.abs(each.atMs - last.atMs) <= TOGETHER_MS) {
      apart.set(each.attempt, each.attempt.startMs - last.attempt.startMs);
    }
    last = each;
  }
  return apart;
}

interface LetThrough {
  readonly attempt: ModelAttempt;
  /** When its wait was over. */
  readonly atMs: number;
}

function letThrough({ attempts, waits }: ModelSpan): readonly LetThrough[] {
  return attempts.flatMap((attempt, index) => {
    const sinceMs = attempts[index - 1]?.endMs ?? Number.NEGATIVE_INFINITY;
    const wait = waits.findLast(({ startMs, endMs }) => startMs >= sinceMs && endMs <= attempt.startMs);
    return wait && (wait.reason === 'rate' || wait.reason === 'outage') ? [{ attempt, atMs: wait.endMs }] : [];
  });
}
