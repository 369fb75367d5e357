import type { Clock } from '../contract/clock.ts';
import type { Emit, ModelResult } from '../contract/event.ts';
import type { ToolCall } from '../contract/message.ts';
import type { ModelEvent, ModelRequest, ModelSession } from '../contract/model.ts';
import { ModelError } from '../contract/model.ts';

/** Who asks, and who hears of it. */
export interface AskContext {
  readonly conversation: string;
  readonly turn: number;
  readonly agent: string;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly emit: Emit;
  /** More of a call's arguments is there. */
  readonly onArguments: (callId: string, name: string, delta: string) => void;
  /** A call is complete while the response goes on. */
  readonly onCall: (call: ToolCall) => void;
  /** Everything heard so far is void. */
  readonly onVoid: () => Promise<void>;
}

/** Asks a model for one response and tells of its start, its retries and its end. Never rejects. */
export async function askModel(
  session: ModelSession,
  request: ModelRequest,
  context: AskContext,
): Promise<ModelResult> {
  const { conversation, turn, agent, model, clock, emit } = context;
  emit({ kind: 'model_start', conversation, turn, agent, model });
  const startedAt = clock.now();
  const heard: Heard = { calls: [], firstAt: undefined, attemptAt: startedAt, waitedMs: 0, rateMs: 0, end: undefined };
  let result: ModelResult;
  try {
    for await (const event of session.respond(request, context.signal)) await hear(event, heard, context);
    if (!heard.end) throw new ModelError('incomplete_stream', 'the response ended without its last event');
    const { kind: _, ...end } = heard.end;
    result = { ok: true, ...end, calls: heard.calls };
  } catch (error) {
    await context.onVoid();
    result = failure(error, context.signal);
  }
  const now = clock.now();
  emit({
    kind: 'model_end',
    conversation,
    turn,
    tookMs: now - startedAt,
    waitedMs: heard.waitedMs,
    rateMs: heard.rateMs,
    ...(heard.firstAt === undefined ? {} : { firstMs: heard.firstAt - heard.attemptAt }),
    result,
  });
  return result;
}

interface Heard {
  calls: ToolCall[];
  firstAt: number | undefined;
  attemptAt: number;
  waitedMs: number;
  rateMs: number;
  end: (ModelEvent & { kind: 'end' }) | undefined;
}

async function hear(event: ModelEvent, heard: Heard, context: AskContext): Promise<void> {
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
    case 'retry': {
      const { attempt, waitMs, error } = event;
      const { conversation, turn, clock, emit } = context;
      emit({ kind: 'model_retry', conversation, turn, attempt, waitMs, code: error.code, message: error.message });
      heard.calls = [];
      heard.firstAt = undefined;
      heard.attemptAt = clock.now() + waitMs;
      heard.waitedMs += waitMs;
      if (error.code === 'rate_limited') heard.rateMs += waitMs;
      await context.onVoid();
      return;
    }
    case 'waited':
      heard.attemptAt = context.clock.now();
      heard.waitedMs += event.forRateMs;
      heard.rateMs += event.forRateMs;
      return;
    case 'end':
      heard.end = event;
      return;
    default:
      event satisfies never;
  }
}

function failure(error: unknown, signal: AbortSignal): ModelResult {
  if (signal.aborted) return { ok: false, code: 'aborted', message: 'stopped' };
  if (error instanceof ModelError) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: 'unavailable', message: error instanceof Error ? error.message : String(error) };
}
