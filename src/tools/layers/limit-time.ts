import { onAbort } from '../../async/on-abort.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ToolFailureCode, ToolOutcome } from '../../contract/message.ts';
import type { Layer } from '../call-in-hand.ts';
import { failed } from '../outcomes.ts';

/** Fails a call when its time is up or nobody wants it any more, and tells the tool; what it says later is ignored. */
export function limitTime(standardMs: number, clock: Clock): Layer {
  return ({ policy }, next) =>
    async (inHand, signal) => {
      signal.throwIfAborted();
      const { call } = inHand;
      const timeoutMs = policy.timeoutMs ?? standardMs;
      const abort = new AbortController();
      const { promise, resolve, reject } = Promise.withResolvers<ToolOutcome>();
      const giveUp = (code: ToolFailureCode, message: string) => {
        resolve(failed(call, code, message));
        abort.abort(new Error(message));
      };
      const cancelTimeout = clock.after(timeoutMs, () =>
        giveUp('timeout', `Tool "${call.name}" timed out after ${timeoutMs} ms.`),
      );
      const onCancel = () => giveUp('cancelled', 'Cancelled while it ran.');
      const stopListening = onAbort(signal, onCancel);
      next(inHand, abort.signal).then(resolve, reject);
      try {
        return await promise;
      } finally {
        cancelTimeout();
        stopListening();
      }
    };
}
