import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tool } from '../contract/tool.ts';

/** On whose behalf code runs. */
export interface Owner {
  readonly conversation: string;
  readonly tool: Tool;
}

const owners = new AsyncLocalStorage<Owner>();

/** Runs code on its owner's behalf, so that what it does later (a late rejection, a block of the event loop) is known to be its owner's. */
export function attributed<T>(owner: Owner, work: () => T): T {
  return owners.run(owner, work);
}

/** The conversation and the tool on whose behalf the current code runs, if any. */
export function currentOwner(): Owner | undefined {
  return owners.getStore();
}
