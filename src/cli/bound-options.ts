import type { ConversationBounds } from '../agent/bounds.ts';
import { DEFAULT_BOUNDS } from '../agent/bounds.ts';
import { RunTasks } from '../agent/tasks/run-tasks.ts';
import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import { DEFAULT_TASK_BOUNDS } from '../agent/tasks/task-settings.ts';
import type { RunOptions } from './run-options.ts';

/** What a conversation may use up, as the options of its run say. */
export function boundsOf({
  maxTurns,
  maxToolCalls,
  maxHandoffs,
  maxConversationTokens: maxTokens = DEFAULT_BOUNDS.maxTokens,
  conversationTimeout: timeoutMs,
}: RunOptions): ConversationBounds {
  return { maxTurns, maxToolCalls, maxHandoffs, maxTokens, timeoutMs };
}

/** How the conversations of a run may use background tasks, as its options say. */
export function taskSettings(
  atEnd: TaskSettings['atEnd'],
  {
    maxTasks: maxPerConversation = DEFAULT_TASK_BOUNDS.maxPerConversation,
    maxTasksAtOnce = DEFAULT_TASK_BOUNDS.maxPerRun,
    maxTaskDepth: maxDepth = DEFAULT_TASK_BOUNDS.maxDepth,
  }: RunOptions,
  agentByName: TaskSettings['agentByName'],
): TaskSettings {
  return { atEnd, maxPerConversation, maxDepth, run: new RunTasks(maxTasksAtOnce), agentByName };
}
