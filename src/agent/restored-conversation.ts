import type { Agent } from '../contract/agent.ts';
import type { ModelResult } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import type { Usage } from '../contract/model.ts';
import type { Asked } from './act.ts';
import type { EarlierTasks } from './tasks/task-list.ts';

/** Where a conversation stood when an earlier attempt at it was interrupted. */
export interface RestoredConversation {
  readonly history: readonly Message[];
  /** The agent that spoke last. */
  readonly agent: Agent;
  readonly modelId: string;
  readonly answer: string;
  readonly turns: number;
  readonly toolCalls: number;
  readonly handoffs: number;
  /** How long it was worked on, in all attempts. */
  readonly tookMs: number;
  readonly usage: Usage;
  /** At list price, where it is known. */
  readonly costUsd: number | undefined;
  /** What background tasks came to before the interruption, to be told to the model. */
  readonly news?: string;
  readonly tasks: EarlierTasks;
  /** The last response's calls, if they were not all answered, and the outcomes that there are. */
  readonly open?: Asked;
  /** The last response, if nothing was done about it yet: it may be the answer. */
  readonly response?: ModelResult & { readonly ok: true };
  /** Why it cannot go on: then it fails. */
  readonly problem?: string;
  /** Calls of which nobody knows what they did. */
  readonly uncertain: readonly string[];
}
