import type { ModelEvent, ModelEventOf, ModelRequest, ModelSession } from '../contract/model.ts';
import type { RetryOptions } from './gate/attempts.ts';
import { Attempts } from './gate/attempts.ts';
import type { AttemptEnd, Entry, Gate, Pass } from './gate/gate.ts';

/**
 * The same session, asking again for responses that failed in a way that may pass: the one place where that is done.
 * Every attempt goes through the gate, and what becomes of it is known to all others that do.
 */
export function retrying(session: ModelSession, gate: Gate, options: RetryOptions): ModelSession {
  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    const attempts = new Attempts(options);
    for (let isFirst = true; ; isFirst = false) {
      const entry: Entry = { isFirst, apartMs: attempts.apartMs, signal };
      const now = gate.enterNow(request, entry);
      const pass = now ?? (yield* wait(request, entry));
      attempts.begin(pass.waitedMs);
      let end: AttemptEnd = { kind: 'left' };
      let retry: ModelEventOf<'retry'>;
      try {
        if (!now) yield { kind: 'waited', forMs: pass.waitedMs };
        for await (const event of session.respond(request, signal)) {
          if (event.kind === 'end') end = { kind: 'succeeded', usage: event.usage };
          yield event;
        }
        return;
      } catch (error) {
        end = { kind: 'failed', error, retryMs: undefined };
        retry = attempts.afterFailure(error, pass.isProbe);
        end = { kind: 'failed', error, retryMs: retry.waitMs };
      } finally {
        gate.end(pass, end);
      }
      yield retry;
      await gate.pause(retry.waitMs, signal);
    }
  }

  /** Tells of the end of the wait only where it was in vain: what was let through has to be ended by who goes on with it. */
  async function* wait(request: ModelRequest, entry: Entry): AsyncGenerator<ModelEvent, Pass, void> {
    yield { kind: 'waiting', reason: gate.waitReason };
    const sinceMs = options.clock.now();
    try {
      return await gate.enter(request, entry);
    } catch (error) {
      yield { kind: 'waited', forMs: options.clock.now() - sinceMs };
      throw error;
    }
  }

  return { respond, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}
