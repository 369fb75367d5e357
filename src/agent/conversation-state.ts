import type { Agent } from '../contract/agent.ts';
import type { Message } from '../contract/message.ts';
import type { Usage } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { HandoffTrail } from './handoff.ts';
import type { ModelSessions } from './model-sessions.ts';
import type { ConversationTasks } from './tasks/conversation-tasks.ts';

/** Where a conversation stands. */
export interface ConversationState {
  readonly prompt: Prompt;
  /** Ends everything that the conversation does. */
  readonly abort: AbortController;
  readonly history: Message[];
  readonly sessions: ModelSessions;
  readonly trail: HandoffTrail;
  readonly tasks: ConversationTasks;
  agent: Agent;
  modelId: string;
  instructions: string;
  answer: string;
  turns: number;
  /** The calls that its model asked for, but for handoffs. */
  toolCalls: number;
  handoffs: number;
  usage: Usage;
  /** At list price; nothing once a response had no price. */
  costUsd: number | undefined;
}
