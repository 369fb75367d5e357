import type { EventOf } from '../../contract/event.ts';
import { INTERRUPTED } from '../../contract/event.ts';
import type { ModelErrorCode } from '../../contract/model.ts';
import type { ModelAttempt, ModelSpan, ModelWait, SpanEnding } from './run-spans.ts';

/** A model call that is over, or is shown as if it were. */
export function modelSpan(
  { start, retries }: { readonly start: EventOf<'model_start'>; readonly retries: readonly EventOf<'model_retry'>[] },
  end: EventOf<'model_end'> | { readonly atMs: number; readonly ending: SpanEnding },
): ModelSpan {
  const { seq, turn, agent, model, atMs: startMs, budgetMs = 0 } = start;
  const told = 'kind' in end ? end : undefined;
  const result = told?.result;
  const isInterrupted = result?.ok === false && result.message === INTERRUPTED;
  const failure = result?.ok === false && !isInterrupted ? result.code : undefined;
  const { attempts, waits } = layOut(startMs, retries, { atMs: end.atMs, waitedMs: told?.waitedMs, failure });
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
  retries: readonly EventOf<'model_retry'>[],
  end: { readonly atMs: number; readonly waitedMs: number | undefined; readonly failure: ModelErrorCode | undefined },
): { readonly attempts: readonly ModelAttempt[]; readonly waits: readonly ModelWait[] } {
  const attempts: ModelAttempt[] = [];
  const waits: ModelWait[] = [];
  let nowMs = startMs;
  const wait = (reason: ModelWait['reason'], ms: number, beforeMs: number) => {
    const endMs = Math.min(nowMs + Math.max(0, ms), beforeMs);
    if (endMs > nowMs) waits.push({ reason, startMs: nowMs, endMs });
    nowMs = Math.max(nowMs, endMs);
  };
  let leftMs = end.waitedMs ?? 0;
  retries.forEach(({ atMs, waitMs, queuedMs = 0, code }, index) => {
    wait('rate', queuedMs, atMs);
    attempts.push({ startMs: nowMs, endMs: atMs, failure: code });
    nowMs = atMs;
    wait(code === 'rate_limited' ? 'refusal' : 'retry', waitMs, retries[index + 1]?.atMs ?? end.atMs);
    leftMs -= queuedMs + waitMs;
  });
  wait('rate', leftMs, end.atMs);
  const { failure } = end;
  attempts.push({ startMs: nowMs, endMs: end.atMs, ...(failure === undefined ? {} : { failure }) });
  return { attempts, waits };
}
