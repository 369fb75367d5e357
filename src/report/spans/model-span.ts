import type { EventOf } from '../../contract/event.ts';
import { INTERRUPTED } from '../../contract/event.ts';
import type { ModelErrorCode } from '../../contract/model.ts';
import type { ModelAttempt, ModelSpan, ModelWait, SpanEnding } from './run-spans.ts';

/** What happens between the start and the end of a model call. */
export type ModelStep = EventOf<'model_retry' | 'wait_start' | 'wait_end'>;

/** A model call that is over, or is shown as if it were. */
export function modelSpan(
  { start, steps }: { readonly start: EventOf<'model_start'>; readonly steps: readonly ModelStep[] },
  end: EventOf<'model_end'> | { readonly atMs: number; readonly ending: SpanEnding },
): ModelSpan {
  const { seq, turn, agent, model, atMs: startMs, budgetMs = 0 } = start;
  const told = 'kind' in end ? end : undefined;
  const result = told?.result;
  const isInterrupted = result?.ok === false && result.message === INTERRUPTED;
  const failure = result?.ok === false && !isInterrupted ? result.code : undefined;
  const { attempts, waits } = layOut(startMs, steps, { atMs: end.atMs, failure });
  const counted = attempts.at(-1);
  const firstMs = told?.firstMs;
  return {
    seq,
    turn,
    agent,
    model,
    startMs,
    endMs: end.atMs,
    ending: 'ending' in end ? end.ending : isInterrupted ? 'interrupted' : 'ended',
    budgetMs,
    attempts,
    waits,
    ...(firstMs === undefined || !counted ? {} : { firstTokenMs: Math.min(counted.startMs + firstMs, end.atMs) }),
    ...(failure === undefined ? {} : { failure }),
    ...(result?.ok ? { usage: result.usage } : {}),
    ...(told?.costUsd === undefined ? {} : { costUsd: told.costUsd }),
    calls: result?.ok ? result.calls.length : 0,
  };
}

/** Attempts and waits one after the other: to be let through, the attempt, the wait that its failure brings. */
function layOut(
  startMs: number,
  steps: readonly ModelStep[],
  end: { readonly atMs: number; readonly failure: ModelErrorCode | undefined },
): { readonly attempts: readonly ModelAttempt[]; readonly waits: readonly ModelWait[] } {
  const attempts: ModelAttempt[] = [];
  const waits: ModelWait[] = [];
  let nowMs = startMs;
  let pause: EventOf<'model_retry'> | undefined;
  const waitUntil = (reason: ModelWait['reason'], untilMs: number) => {
    if (untilMs > nowMs) waits.push({ reason, startMs: nowMs, endMs: untilMs });
    nowMs = Math.max(nowMs, untilMs);
  };
  /** It is as long as it was to be, or as something shows that it was. */
  const endPause = (beforeMs: number, untilMs = nowMs + (pause?.waitMs ?? 0)) => {
    if (!pause) return;
    waitUntil(pause.code === 'rate_limited' ? 'refusal' : 'retry', Math.min(untilMs, beforeMs));
    pause = undefined;
  };
  steps.forEach((step, index) => {
    const { atMs } = step;
    if (step.kind === 'model_retry') {
      endPause(atMs);
      attempts.push({ startMs: nowMs, endMs: atMs, failure: step.code });
      nowMs = atMs;
      pause = step;
    } else if (step.kind === 'wait_start') {
      // Room in the budget is waited for before the pause begins.
      if (step.reason !== 'budget') endPause(atMs, atMs);
      nowMs = Math.max(nowMs, atMs);
      const next = steps[index + 1];
      const untilMs = next?.atMs ?? end.atMs;
      waitUntil(step.reason, next?.kind === 'wait_end' ? Math.min(untilMs, atMs + next.tookMs) : untilMs);
      nowMs = Math.max(nowMs, untilMs);
    }
  });
  endPause(end.atMs);
  const { failure } = end;
  attempts.push({ startMs: nowMs, endMs: end.atMs, ...(failure === undefined ? {} : { failure }) });
  return { attempts, waits };
}
