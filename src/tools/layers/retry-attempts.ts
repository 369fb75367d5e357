import type { Clock } from '../../contract/clock.ts';
import type { ToolFailureCode } from '../../contract/message.ts';
import type { Layer } from '../call-in-hand.ts';

const BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
const WORTH_REPEATING: readonly ToolFailureCode[] = ['threw', 'timeout', 'crashed'];

/** Makes another attempt when a tool failed, as often as its `retry` says and only if doing it twice does no harm. */
export function retryAttempts(clock: Clock, random: () => number): Layer {
  return ({ policy }, next) => {
    const { retry, effect } = policy;
    if (!retry || effect === 'unsafe') return next;
    const { attempts, backoffMs: firstMs = BACKOFF_MS } = retry;
    return async (inHand, signal) => {
      const { story } = inHand;
      for (let attempt = 1; ; attempt++) {
        const outcome = await next(inHand, signal);
        if (outcome.kind === 'ok' || attempt >= attempts || !WORTH_REPEATING.includes(outcome.code)) return outcome;
        const backoffMs = Math.min(firstMs * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
        const waitMs = backoffMs * (0.5 + random() / 2);
        story.retry(attempt, waitMs, outcome.message);
        await story.waiting('retry', clock.sleep(waitMs, signal));
      }
    };
  };
}
