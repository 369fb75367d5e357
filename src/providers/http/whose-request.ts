import { AsyncLocalStorage } from 'node:async_hooks';
import type { ModelSession } from '../../contract/model.ts';

const conversations = new AsyncLocalStorage<string>();

/** The same session, letting `currentConversation` know whose requests it sends, through whatever library sends them. */
export function tellingWhose(session: ModelSession): ModelSession {
  return {
    respond: (request, signal) => {
      const events = session.respond(request, signal)[Symbol.asyncIterator]();
      const within = <T>(work: () => T) => conversations.run(request.conversation ?? '', work);
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => within(() => events.next()),
          return: async (value) => (await within(() => events.return?.(value))) ?? { done: true, value },
        }),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The conversation whose request is being sent; empty where that is not known. */
export function currentConversation(): string {
  return conversations.getStore() ?? '';
}
