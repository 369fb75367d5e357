import type { Clock } from '../contract/clock.ts';
import { costField } from '../contract/cost.ts';
import { messageOf } from '../contract/errors.ts';
import type { Emit, EstimatedUse, ModelResult, RequestWait } from '../contract/event.ts';
import type { ToolCall } from '../contract/message.ts';
import type { ModelEvent, ModelRequest, ModelSession } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import type { RequestBudget } from './request-budget.ts';
import type { Spent } from './spending.ts';
import { Spending } from './spending.ts';

/** Who asks, and who hears of it. */
export interface AskContext {
  readonly conversation: string;
  readonly turn: number;
  readonly agent: string;
  readonly model: string;
  readonly signal: AbortSignal;
  /** Fires when nothing new may start: ends the wait for the budget. */
  readonly stopping: AbortSignal;
  readonly budget?: RequestBudget;
  readonly clock: Clock;
  readonly emit: Emit;
  /** More of a call's arguments is there. */
  readonly onArguments: (callId: string, name: string, delta: string) => void;
  /** A call is complete while the response goes on. */
  readonly onCall: (call: ToolCall) => void;
  /** Everything heard so far is void. */
  readonly onVoid: () => Promise<void>;
}

/** What came of asking: a response, a failure, or a limit of the budget that forbids it. */
export type Response = ModelResult | { readonly ok: false; readonly code: 'limit'; readonly message: string };

/**
 * Asks a model for one response as soon as the budget has room for it, and tells of its start, its retries and its end.
 * Never rejects; what was not asked is not told of.
 */
export async function askModel(
  session: ModelSession,
  request: ModelRequest,
  context: AskContext,
): Promise<{ readonly response: Response; readonly costUsd: number | undefined }> {
  const { conversation, turn, agent, model, clock, emit, signal, stopping } = context;
  const spending = new Spending(context.budget, model, request, [signal, stopping]);
  let limit: string | undefined;
  try {
    limit = await spending.begin();
  } catch (error) {
    return { response: failure(error, signal, stopping), costUsd: undefined };
  }
  if (limit !== undefined) return { response: outOf(limit), costUsd: undefined };
  const budgetMs = spending.waitedMs;
  emit({
    kind: 'model_start',
    conversation,
    turn,
    agent,
    model,
    ...(budgetMs >= 1 ? { budgetMs } : {}),
    ...estimateField(spending.estimate),
  });
  const startedAt = clock.now();
  const heard: Heard = {
    calls: [],
    firstAt: undefined,
    attemptAt: startedAt,
    waits: undefined,
    waitedMs: 0,
    rateMs: 0,
    waitsForRate: false,
    end: undefined,
  };
  let result: ModelResult;
  let spent: Spent;
  try {
    for await (const event of session.respond(spending.request, signal)) {
      spending.hear(event);
      if (event.kind !== 'retry') {
        hear(event, heard, context);
        continue;
      }
      await hearRetry(event, spending.failed(event.error), heard, context);
      try {
        limit = await spending.begin(() => beginWait('budget', heard, context));
      } finally {
        endWait(undefined, heard, context);
        heard.attemptAt = clock.now() + event.waitMs;
      }
      if (limit !== undefined) throw new ModelError('aborted', limit);
    }
    if (!heard.end) throw new ModelError('incomplete_stream', 'the response ended without its last event');
    const { kind: _, ...end } = heard.end;
    spent = spending.settle(heard.end);
    result = { ok: true, ...end, ...(spent.limit === undefined ? {} : { limit: spent.limit }), calls: heard.calls };
  } catch (error) {
    spent = { estimate: spending.failed(error) };
    spending.giveBack();
    await context.onVoid();
    result = failure(error, signal, stopping);
    takeBackWait(heard, clock.now());
  }
  const now = clock.now();
  emit({
    kind: 'model_end',
    conversation,
    turn,
    tookMs: now - startedAt,
    waitedMs: heard.waitedMs,
    rateMs: heard.rateMs,
    ...costField(spent.costUsd),
    ...(heard.firstAt === undefined ? {} : { firstMs: heard.firstAt - heard.attemptAt }),
    ...estimateField(spent.estimate),
    result,
  });
  return { response: limit === undefined ? result : outOf(limit), costUsd: spent.costUsd };
}

function estimateField(estimate: EstimatedUse | undefined): { readonly estimate?: EstimatedUse } {
  return estimate ? { estimate } : {};
}

function outOf(limit: string): Response {
  return { ok: false, code: 'limit', message: limit };
}

interface Heard {
  calls: ToolCall[];
  firstAt: number | undefined;
  attemptAt: number;
  /** What the attempt to come waits for. */
  waits: { readonly reason: RequestWait; readonly sinceMs: number } | undefined;
  waitedMs: number;
  rateMs: number;
  /** Whether a refusal is what the last wait was for. */
  waitsForRate: boolean;
  end: (ModelEvent & { kind: 'end' }) | undefined;
}

type Retry = ModelEvent & { readonly kind: 'retry' };

function hear(event: Exclude<ModelEvent, Retry>, heard: Heard, context: AskContext): void {
  switch (event.kind) {
    case 'text':
      heard.firstAt ??= context.clock.now();
      return;
    case 'arguments':
      heard.firstAt ??= context.clock.now();
      context.onArguments(event.callId, event.name, event.delta);
      return;
    case 'call':
      heard.firstAt ??= context.clock.now();
      heard.calls.push(event.call);
      context.onCall(event.call);
      return;
    case 'waiting':
      beginWait(event.reason, heard, context);
      return;
    case 'waited':
      endWait(event.forMs, heard, context);
      return;
    case 'end':
      heard.end = event;
      return;
    default:
      event satisfies never;
  }
}

function beginWait(reason: RequestWait, heard: Heard, { conversation, turn, clock, emit }: AskContext): void {
  if (heard.waits) return;
  heard.waits = { reason, sinceMs: clock.now() };
  emit({ kind: 'wait_start', conversation, turn, reason });
}

function endWait(forMs: number | undefined, heard: Heard, { conversation, turn, clock, emit }: AskContext): void {
  if (!heard.waits) return;
  const { reason, sinceMs } = heard.waits;
  const tookMs = forMs ?? clock.now() - sinceMs;
  heard.waits = undefined;
  heard.attemptAt = clock.now();
  heard.waitedMs += tookMs;
  if (reason === 'rate') heard.rateMs += tookMs;
  emit({ kind: 'wait_end', conversation, turn, reason, tookMs });
}

async function hearRetry(
  { attempt, waitMs, error }: Retry,
  estimate: EstimatedUse | undefined,
  heard: Heard,
  { conversation, turn, clock, emit, onVoid }: AskContext,
): Promise<void> {
  const { code, message, retryAfterMs } = error;
  const asked = retryAfterMs === undefined ? {} : { askedMs: retryAfterMs };
  emit({
    kind: 'model_retry',
    conversation,
    turn,
    attempt,
    waitMs,
    ...asked,
    code,
    message,
    ...estimateField(estimate),
  });
  heard.calls = [];
  heard.firstAt = undefined;
  heard.attemptAt = clock.now() + waitMs;
  heard.waitedMs += waitMs;
  heard.waitsForRate = code === 'rate_limited';
  if (heard.waitsForRate) heard.rateMs += waitMs;
  await onVoid();
}

/** The end may have come before the wait for another attempt was over. */
function takeBackWait(heard: Heard, now: number): void {
  const unspentMs = heard.firstAt === undefined ? Math.max(0, heard.attemptAt - now) : 0;
  heard.waitedMs -= unspentMs;
  if (heard.waitsForRate) heard.rateMs -= unspentMs;
}

function failure(error: unknown, signal: AbortSignal, stopping: AbortSignal): ModelResult {
  const isStopped = signal.aborted || (stopping.aborted && error === stopping.reason);
  if (isStopped) return { ok: false, code: 'aborted', message: 'stopped' };
  if (error instanceof ModelError) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: 'unavailable', message: messageOf(error) };
}
