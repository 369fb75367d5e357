import { RateLimit } from '../../async/rate-limit.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Layer } from '../call-in-hand.ts';

/** Keeps each tool to its `rate`, over all conversations. */
export function keepRate(clock: Clock): Layer {
  const limits = new Map<string, RateLimit>();
  return async ({ tool, story }, signal, next) => {
    const { rate } = tool.policy;
    if (rate) {
      const limit = limits.get(tool.spec.name) ?? new RateLimit(rate, clock);
      limits.set(tool.spec.name, limit);
      await story.waiting('rate', limit.take(signal));
    }
    return next(signal);
  };
}
