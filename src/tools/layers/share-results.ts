import { hash } from 'node:crypto';
import { ExpiringCache } from '../../async/expiring-cache.ts';
import { SingleFlight } from '../../async/single-flight.ts';
import { canonical } from '../../contract/canonical.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { CallInHand, Layer } from '../call-in-hand.ts';

interface Result {
  readonly outcome: ToolOutcome;
  readonly conversation: string;
  readonly tookMs: number;
}

const MAX_RESULTS = 10_000;

/**
 * Lets equal calls of pure tools share one result, while it is being made and, by the tool's `cache`, afterwards. Each
 * call has an outcome of its own; failures are not kept.
 */
export function shareResults(clock: Clock): Layer {
  const flights = new SingleFlight<Result>();
  const cache = new ExpiringCache<Result>(clock, MAX_RESULTS);
  return ({ policy }, next) => {
    if (policy.effect !== 'pure' || policy.cache === false) return next;
    const { ttlMs = Number.POSITIVE_INFINITY } = policy.cache ?? {};
    return async (inHand, signal) => {
      const { story, call, context } = inHand;
      const key = keyOf(inHand);
      const known = cache.get(key);
      if (known) return answered(inHand, known);
      let led = false;
      const flight = flights.run(
        key,
        async (flightSignal) => {
          led = true;
          const since = clock.now();
          const outcome = await next(inHand, flightSignal);
          const result = { outcome, conversation: context.conversation, tookMs: clock.now() - since };
          if (outcome.kind === 'ok') cache.set(key, result, ttlMs);
          return result;
        },
        signal,
      );
      if (led) return (await flight).value.outcome;
      story.start(policy.effect);
      const { value } = await flight;
      return answered(inHand, value, call.callId);
    };
  };
}

function answered({ call, story, tool }: CallInHand, result: Result, callId: string = call.callId): ToolOutcome {
  story.start(tool.policy.effect);
  story.share({ conversation: result.conversation, callId: result.outcome.callId, savedMs: result.tookMs });
  return { ...result.outcome, callId };
}

/** Equal for calls that must have equal results: the tool, its arguments in any order of keys, and for whom. */
function keyOf({ tool, args, context }: CallInHand): string {
  const { cache } = tool.policy;
  const scope = cache && cache.scope === 'conversation' ? context.conversation : '';
  const text = JSON.stringify([tool.spec.name, tool.source ?? '', scope, canonical(args.raw)]);
  return hash('sha256', text, 'base64');
}
