import type { Agent } from '../contract/agent.ts';
import type { ConversationEnd } from '../contract/event.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { ConversationState } from './conversation-state.ts';
import { ModelSessions } from './model-sessions.ts';
import type { ConversationDeps } from './run-conversation.ts';
import { ConversationTasks } from './tasks/conversation-tasks.ts';
import { NO_EARLIER_TASKS } from './tasks/task-list.ts';
import type { Delegation } from './tasks/task-work.ts';

/** Where a conversation stands before its first request, or where an earlier attempt at it left off. */
export function beginConversation(
  prompt: Prompt,
  agent: Agent,
  deps: ConversationDeps,
  delegate: (delegation: Delegation, depth: number) => Promise<ConversationEnd>,
): ConversationState {
  const abort = new AbortController();
  const { tasks, model, parent, restored } = deps;
  const speaker = restored?.agent ?? agent;
  const depth = parent?.depth ?? 0;
  return {
    prompt,
    abort,
    history: restored ? [...restored.history] : [{ role: 'user', text: prompt.text }],
    sessions: new ModelSessions(model, abort.signal),
    trail: { idle: new Set() },
    tasks: new ConversationTasks(tasks, {
      ...deps,
      conversation: prompt.id,
      depth,
      earlier: restored?.tasks ?? NO_EARLIER_TASKS,
      signal: abort.signal,
      delegate: (delegation) => delegate(delegation, depth),
    }),
    agent: speaker,
    modelId: restored?.modelId ?? prompt.model ?? agent.model ?? deps.defaultModel,
    instructions: speaker.name === agent.name ? (prompt.system ?? agent.instructions) : speaker.instructions,
    answer: restored?.answer ?? '',
    turns: restored?.turns ?? 0,
    toolCalls: restored?.toolCalls ?? 0,
    handoffs: restored?.handoffs ?? 0,
    usage: restored?.usage ?? NO_USAGE,
    costUsd: restored ? restored.costUsd : deps.budget ? 0 : undefined,
  };
}
