import { costField } from '../contract/cost.ts';
import { messageOf } from '../contract/errors.ts';
import type { EstimatedUse, ModelResult } from '../contract/event.ts';
import type { ToolCall } from '../contract/message.ts';
import type { ModelEvent, ModelEventOf, ModelRequest, ModelSession } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';
import type { RequestTimesContext } from './request-times.ts';
import { RequestTimes } from './request-times.ts';
import type { SpendingContext, Spent } from './spending.ts';
import { Spending } from './spending.ts';

/** Who asks, and who hears of it. */
export interface AskContext extends RequestTimesContext, SpendingContext {
  readonly agent: string;
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
  const { conversation, turn, agent, model, emit, signal, stopping } = context;
  const spending = new Spending(request, context);
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
  const heard: Heard = { times: new RequestTimes(context), calls: [], end: undefined };
  let result: ModelResult;
  let spent: Spent;
  try {
    limit = await listen(session.respond(spending.request, signal), heard, spending, context);
    if (limit !== undefined) throw new ModelError('aborted', limit);
    if (!heard.end) throw new ModelError('incomplete_stream', 'the response ended without its last event');
    const { kind: _, ...end } = heard.end;
    spent = spending.settle(heard.end);
    result = { ok: true, ...end, ...(spent.limit === undefined ? {} : { limit: spent.limit }), calls: heard.calls };
  } catch (error) {
    spent = { estimate: spending.failed(error) };
    spending.giveBack();
    await context.onVoid();
    result = failure(error, signal, stopping);
    heard.times.fail();
  }
  const { firstMs, ...took } = heard.times.sums;
  emit({
    kind: 'model_end',
    conversation,
    turn,
    ...took,
    ...costField(spent.costUsd),
    ...(firstMs === undefined ? {} : { firstMs }),
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

/** What is heard of a response: its calls and its end are those of the attempt under way. */
interface Heard {
  readonly times: RequestTimes;
  calls: ToolCall[];
  end: ModelEventOf<'end'> | undefined;
}

/** Hears all attempts at a response. Returns the limit that forbids the next one, if one does. */
async function listen(
  events: AsyncIterable<ModelEvent>,
  heard: Heard,
  spending: Spending,
  context: AskContext,
): Promise<string | undefined> {
  for await (const event of events) {
    spending.hear(event);
    if (event.kind !== 'retry') {
      hear(event, heard, context);
      continue;
    }
    await hearRetry(event, spending.failed(event.error), heard, context);
    try {
      const limit = await spending.begin(() => heard.times.beginWait('budget'));
      if (limit !== undefined) return limit;
    } finally {
      heard.times.endWait();
      heard.times.attemptIn(event.waitMs);
    }
  }
  return undefined;
}

function hear(event: Exclude<ModelEvent, ModelEventOf<'retry'>>, heard: Heard, context: AskContext): void {
  switch (event.kind) {
    case 'text':
      heard.times.hear();
      return;
    case 'arguments':
      heard.times.hear();
      context.onArguments(event.callId, event.name, event.delta);
      return;
    case 'call':
      heard.times.hear();
      heard.calls.push(event.call);
      context.onCall(event.call);
      return;
    case 'waiting':
      heard.times.beginWait(event.reason);
      return;
    case 'waited':
      heard.times.endWait(event.forMs);
      return;
    case 'used':
      return;
    case 'end':
      heard.end = event;
      return;
    default:
      event satisfies never;
  }
}

async function hearRetry(
  { attempt, waitMs, error }: ModelEventOf<'retry'>,
  estimate: EstimatedUse | undefined,
  heard: Heard,
  { conversation, turn, emit, onVoid }: AskContext,
): Promise<void> {
  const { code, message, retryAfterMs } = error;
  emit({
    kind: 'model_retry',
    conversation,
    turn,
    attempt,
    waitMs,
    ...(retryAfterMs === undefined ? {} : { askedMs: retryAfterMs }),
    code,
    message,
    ...estimateField(estimate),
  });
  heard.calls = [];
  heard.times.retry(waitMs, code === 'rate_limited');
  await onVoid();
}

function failure(error: unknown, signal: AbortSignal, stopping: AbortSignal): ModelResult {
  const isStopped = signal.aborted || (stopping.aborted && error === stopping.reason);
  if (isStopped) return { ok: false, code: 'aborted', message: 'stopped' };
  if (error instanceof ModelError) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: 'unavailable', message: messageOf(error) };
}
