import { AsyncLocalStorage } from 'node:async_hooks';

const conversations = new AsyncLocalStorage<string>();

/** Runs a tool so that what it leaves behind (a late rejection, say) can be told to be its conversation's. */
export function attributed<T>(conversation: string, work: () => T): T {
  return conversations.run(conversation, work);
}

/** The conversation on whose behalf the current code runs, if any. */
export function currentConversation(): string | undefined {
  return conversations.getStore();
}
