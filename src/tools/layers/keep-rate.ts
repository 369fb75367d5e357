import type { StartPermit } from '../../async/rate-limit.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import type { Clock } from '../../contract/clock.ts';
import type { CallInHand, Layer } from '../call-in-hand.ts';

/** The two ends of what a call may wait for between being let in and its start. */
export interface RateLayers {
  /** Waits until one more call may start. */
  readonly letIn: Layer;
  /** The call starts. */
  readonly start: Layer;
}

/** Keeps each tool to its `rate`, over all conversations: that of real starts, whatever else calls wait for before them. */
export function keepRate(clock: Clock): RateLayers {
  const limits = new Map<string, RateLimit>();
  const permits = new WeakMap<CallInHand, StartPermit>();
  return {
    letIn: ({ spec, policy }, next) => {
      if (!policy.rate) return next;
      const limit = limits.get(spec.name) ?? new RateLimit(policy.rate, clock);
      limits.set(spec.name, limit);
      return async (inHand, signal) => {
        const permit = await inHand.story.waiting('rate', limit.take(signal));
        permits.set(inHand, permit);
        try {
          return await next(inHand, signal);
        } finally {
          permit.giveBack();
        }
      };
    },
    start: ({ policy }, next) => {
      if (!policy.rate) return next;
      return (inHand, signal) => {
        permits.get(inHand)?.start();
        return next(inHand, signal);
      };
    },
  };
}
