import type { ModelEvent, ModelRequest, ModelSession } from '../contract/model.ts';
import type { RetryOptions } from './gate/attempts.ts';
import { Attempts } from './gate/attempts.ts';
import type { AttemptEnd, Gate, Pass } from './gate/gate.ts';

/**
 * The same session, asking again for responses that failed in a way that may pass: the one place where that is done.
 * Every attempt goes through the gate, and what becomes of it is known to all others that do.
 */
export function retrying(session: ModelSession, gate: Gate, options: RetryOptions): ModelSession {
  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    const attempts = new Attempts(options);
    for (let isFirst = true; ; isFirst = false) {
      const sinceMs = options.clock.now();
      const waits = !signal.aborted;
      let pass: Pass;
      try {
        pass = await gate.enter(request, { isFirst, apartMs: attempts.apartMs, signal });
      } catch (error) {
        // Waiting in vain is no time of the model's either.
        const forRateMs = options.clock.now() - sinceMs;
        if (waits && forRateMs >= 1) yield { kind: 'waited', forRateMs };
        throw error;
      }
      attempts.begin(pass.waitedMs);
      let end: AttemptEnd = { kind: 'left' };
      let retry: ModelEvent & { readonly kind: 'retry' };
      try {
        if (pass.waitedMs >= 1) yield { kind: 'waited', forRateMs: pass.waitedMs };
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

  return { respond, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}
