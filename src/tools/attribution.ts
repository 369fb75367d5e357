import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tool } from '../contract/tool.ts';

/** On whose behalf code runs. */
export interface Owner {
  readonly conversation: string;
  readonly tool?: Tool | undefined;
}

const owners = new AsyncLocalStorage<Owner>();

/** Runs a tool so that what it does later (a late rejection, a block of the event loop) can be told to be its conversation's, and its own. */
export function attributed<T>(conversation: string, work: () => T, tool?: Tool): T {
  return owners.run({ conversation, tool }, work);
}

/** The conversation on whose behalf the current code runs, if any. */
export function currentConversation(): string | undefined {
  return owners.getStore()?.conversation;
}

/** The conversation and the tool on whose behalf the current code runs, if any. */
export function currentOwner(): Owner | undefined {
  return owners.getStore();
}
