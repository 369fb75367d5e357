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
      const waiting = startWait(signal);
      let pass: Pass;
      try {
        pass = await gate.enter(request, { isFirst, apartMs: attempts.apartMs, signal });
      } catch (error) {
        yield* waiting.inVain();
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

  /** What was waited for in vain is no time of the model's either. */
  function startWait(signal: AbortSignal) {
    const sinceMs = signal.aborted ? undefined : options.clock.now();
    function* inVain(): Generator<ModelEvent, void, void> {
      const forRateMs = sinceMs === undefined ? 0 : options.clock.now() - sinceMs;
      if (forRateMs >= 1) yield { kind: 'waited', forRateMs };
    }
    return { inVain };
  }

  return { respond, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}
