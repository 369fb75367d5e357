import { RateLimit } from '../../async/rate-limit.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Layer } from '../call-in-hand.ts';

/** Keeps each tool to its `rate`, over all conversations. */
export function keepRate(clock: Clock): Layer {
  const limits = new Map<string, RateLimit>();
  return ({ spec, policy }, next) => {
    if (!policy.rate) return next;
    const limit = limits.get(spec.name) ?? new RateLimit(policy.rate, clock);
    limits.set(spec.name, limit);
    return async (inHand, signal) => {
      await inHand.story.waiting('rate', limit.take(signal));
      return next(inHand, signal);
    };
  };
}
