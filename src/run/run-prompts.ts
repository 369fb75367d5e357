import PQueue from 'p-queue';
import type { RestoredConversation } from '../agent/restored-conversation.ts';
import type { ConversationDeps } from '../agent/run-conversation.ts';
import { runConversation } from '../agent/run-conversation.ts';
import type { Agent } from '../contract/agent.ts';
import { messageOf, UserError } from '../contract/errors.ts';
import type { ConversationStatus, RunCounts } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { StopControl } from './stop-control.ts';

/** What is to be run, and how many at once. */
export interface PromptsPlan {
  readonly count: number;
  readonly prompts: () => AsyncIterable<Prompt>;
  readonly agentOf: (prompt: Prompt) => Agent;
  readonly concurrency: number;
  /** Whether the first conversation that does not succeed ends the others. */
  readonly failFast: boolean;
  /** What an earlier attempt at the run has done already. */
  readonly earlier?: EarlierPrompts;
  /** How long the prompts have been there in earlier attempts. */
  readonly ranMs?: number;
}

/** What is known of prompts from an earlier attempt. */
export interface EarlierPrompts {
  /** How a prompt ended that is finished. */
  readonly finished: (prompt: Prompt) => ConversationStatus | undefined;
  /** Where the conversation of a prompt stood that was begun. */
  readonly restored: (prompt: Prompt) => RestoredConversation | undefined;
}

/** What every conversation of the run is given. */
export type PromptsDeps = Omit<ConversationDeps, 'signal' | 'stopping' | 'queuedMs' | 'restored'> & {
  readonly stop: StopControl;
};

/**
 * Runs a conversation per prompt, `concurrency` of them at once: a slot that frees takes the next prompt. Prompts are
 * read as slots free, so that their number costs no memory. A conversation that fails does not stop the others; prompts
 * that can no longer be read stop the run.
 */
export async function runPrompts(plan: PromptsPlan, deps: PromptsDeps): Promise<RunCounts> {
  const { stop, ...shared } = deps;
  const queue = new PQueue({ concurrency: plan.concurrency });
  const startedAt = deps.clock.now();
  const counts = { done: 0, failed: 0, cancelled: 0 };
  const count = (status: ConversationStatus) => {
    counts[status === 'done' || status === 'cancelled' ? status : 'failed'] += 1;
  };
  let started = 0;
  const runOne = async (prompt: Prompt) => {
    started += 1;
    // The first ones find a slot free: what passes before they start is no wait for one.
    const sinceMs = started <= plan.concurrency ? 0 : deps.clock.now() - startedAt;
    const restored = plan.earlier?.restored(prompt);
    const queuedMs = restored ? sinceMs : (plan.ranMs ?? 0) + sinceMs;
    const end = await runConversation(prompt, plan.agentOf(prompt), {
      ...shared,
      ...(restored ? { restored } : {}),
      stopping: stop.stopping,
      signal: stop.signal,
      queuedMs,
    });
    count(end.status);
    const expected = prompt.expect?.status ?? 'done';
    if (plan.failFast && end.status !== expected && end.status !== 'limit')
      stop.abort({ reason: 'fail-fast', exitCode: 1 });
  };
  const prompts = plan.prompts()[Symbol.asyncIterator]();
  const workThrough = async () => {
    for (let next = await prompts.next(); !next.done; next = await prompts.next()) {
      const finished = plan.earlier?.finished(next.value);
      if (finished !== undefined) count(finished);
      else if (stop.stopping.aborted) return;
      else await runOne(next.value);
    }
  };
  try {
    await queue.addAll(Array.from({ length: Math.min(plan.concurrency, plan.count) }, () => workThrough));
  } catch (error) {
    const reason = messageOf(error);
    stop.abort({ reason, exitCode: error instanceof UserError ? error.exitCode : 70 });
  }
  await queue.onIdle();
  await prompts.return?.();
  return { ...counts, notStarted: plan.count - counts.done - counts.failed - counts.cancelled };
}
