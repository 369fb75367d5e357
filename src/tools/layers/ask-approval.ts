import { untilAborted } from '../../async/until-aborted.ts';
import type { ToolCall } from '../../contract/message.ts';
import type { Layer } from '../call-in-hand.ts';
import { failed } from '../outcomes.ts';

/** Asks a person about a call. `nobody`: there is no person to ask. */
export type AskPerson = (call: ToolCall, conversation: string, signal: AbortSignal) => Promise<'yes' | 'no' | 'nobody'>;

/** Lets a person decide, one call at a time, on each call of a tool whose policy says so. */
export function askApproval(ask: AskPerson): Layer {
  let asking: Promise<unknown> = Promise.resolve();
  return ({ policy }, next) => {
    if (policy.approval !== true) return next;
    return async (inHand, signal) => {
      const { call, context, story } = inHand;
      const answer = asking.then(() => {
        signal.throwIfAborted();
        return ask(call, context.conversation, signal);
      });
      asking = answer.catch(() => {});
      const decision = await story.waiting('approval', untilAborted(answer, signal));
      if (decision === 'yes') return next(inHand, signal);
      story.start();
      const why =
        decision === 'no'
          ? `The person in charge refused this call of "${call.name}".`
          : `Calls of "${call.name}" need a person's approval, and nobody can be asked.`;
      return failed(call, 'not_approved', why);
    };
  };
}
