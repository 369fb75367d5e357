import type { EventOf, WaitReason, Waits } from '../../contract/event.ts';
import { INTERRUPTED } from '../../contract/event.ts';
import { lengthOf } from './length-of.ts';
import type { SpanEnding, ToolSpan, ToolWait } from './run-spans.ts';

/** The order in which a call goes through what it may have to wait for. */
const ORDER: readonly WaitReason[] = ['dependency', 'approval', 'turn', 'rate', 'lock', 'slot'];

/** A tool call that is over, or is shown as if it were. */
export function toolSpan(
  { start, retries }: { readonly start: EventOf<'tool_start'>; readonly retries: readonly EventOf<'tool_retry'>[] },
  end: EventOf<'tool_end'> | { readonly atMs: number; readonly ending: SpanEnding },
): ToolSpan {
  const { seq, turn, callId, name, effect, eager, atMs: startMs, queuedMs } = start;
  const told = 'kind' in end ? end : undefined;
  const outcome = told?.outcome;
  const isInterrupted = outcome?.kind === 'failed' && outcome.message === INTERRUPTED;
  const shared = told?.shared;
  const waits = [
    ...before(start),
    ...(shared ? whole('shared', startMs, end.atMs) : after(startMs, retries, end.atMs, told?.waits ?? {})),
  ];
  return {
    seq,
    turn,
    callId,
    name,
    ...(effect === undefined ? {} : { effect }),
    askedMs: startMs - queuedMs,
    startMs,
    endMs: end.atMs,
    ending: 'ending' in end ? end.ending : isInterrupted ? 'interrupted' : 'ended',
    ranMs: end.atMs - startMs - lengthOf(waits.filter((wait) => wait.startMs >= startMs)),
    waits,
    retries: retries.length,
    eager,
    ...(shared ? { shared } : {}),
    ...(outcome?.kind === 'failed' && !isInterrupted ? { failure: outcome.code } : {}),
  };
}

/** The waits before the start, which they end at. */
function before({ atMs, queuedMs, waits }: EventOf<'tool_start'>): readonly ToolWait[] {
  return laidEndToEnd(inOrder(waits), atMs - queuedMs, atMs).spans;
}

/** The waits since the start: those of retries where they were, the others behind them. */
function after(
  startMs: number,
  retries: readonly EventOf<'tool_retry'>[],
  endMs: number,
  waits: Waits,
): readonly ToolWait[] {
  const spans: ToolWait[] = [];
  let left = inOrder(waits);
  if (retries.length === 0) return laidEndToEnd(left, startMs, endMs).spans;
  retries.forEach(({ atMs, waitMs }, index) => {
    const beforeMs = retries[index + 1]?.atMs ?? endMs;
    const again = laidEndToEnd([['retry', waitMs]], atMs, beforeMs);
    const rest = laidEndToEnd(left, again.endMs, beforeMs);
    spans.push(...again.spans, ...rest.spans);
    left = rest.left;
  });
  return spans;
}

type Reason = ToolWait['reason'];

type Wanted = readonly (readonly [reason: Reason, ms: number])[];

function inOrder(waits: Waits): Wanted {
  return ORDER.flatMap((reason) => {
    const ms = waits[reason] ?? 0;
    return ms > 0 ? [[reason, ms] as const] : [];
  });
}

/** As much as there is room for, and what there was none for. */
function laidEndToEnd(wanted: Wanted, fromMs: number, toMs: number) {
  const spans: ToolWait[] = [];
  const left: (readonly [Reason, number])[] = [];
  let nowMs = fromMs;
  for (const [reason, ms] of wanted) {
    const endMs = Math.min(nowMs + ms, toMs);
    if (endMs > nowMs) spans.push({ reason, startMs: nowMs, endMs });
    if (nowMs + ms > toMs) left.push([reason, nowMs + ms - Math.max(nowMs, toMs)]);
    nowMs = Math.max(nowMs, endMs);
  }
  return { spans, left, endMs: nowMs };
}

function whole(reason: Reason, startMs: number, endMs: number): readonly ToolWait[] {
  return endMs > startMs ? [{ reason, startMs, endMs }] : [];
}
