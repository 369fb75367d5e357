import type { ConversationBounds } from '../agent/bounds.ts';
import { DEFAULT_BOUNDS } from '../agent/bounds.ts';
import { RunTasks } from '../agent/tasks/run-tasks.ts';
import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import { DEFAULT_TASK_BOUNDS } from '../agent/tasks/task-settings.ts';
import { readArguments } from '../tools/read-arguments.ts';
import { fitOutputs } from '../tools/to-output.ts';
import type { ToolLimits } from '../tools/tool-limits.ts';
import { DEFAULT_TOOL_LIMITS, DEFAULT_TURN_CONCURRENCY } from '../tools/tool-limits.ts';
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
  options: RunOptions,
  agentByName: TaskSettings['agentByName'],
): TaskSettings {
  const {
    maxTasks: maxPerConversation = DEFAULT_TASK_BOUNDS.maxPerConversation,
    maxTasksAtOnce = DEFAULT_TASK_BOUNDS.maxPerRun,
    maxTaskDepth: maxDepth = DEFAULT_TASK_BOUNDS.maxDepth,
  } = options;
  const limits = toolLimits(options);
  return {
    atEnd,
    maxPerConversation,
    maxDepth,
    run: new RunTasks(maxTasksAtOnce),
    agentByName,
    readArguments: (text) => readArguments(text, limits),
    fitOutputs: fittingOutputs(options),
  };
}

/** Cuts outputs that a model of a run is shown together to what it is shown of one. */
export function fittingOutputs(options: RunOptions): TaskSettings['fitOutputs'] {
  const { maxOutputBytes } = toolLimits(options);
  return (outputs) => fitOutputs(outputs, maxOutputBytes);
}

/** What a tool call of a run may use up, as its options say. */
export function toolLimits({
  toolTimeout: timeoutMs,
  maxArguments: maxArgumentBytes = DEFAULT_TOOL_LIMITS.maxArgumentBytes,
  maxArgumentDepth = DEFAULT_TOOL_LIMITS.maxArgumentDepth,
  maxOutput: maxOutputBytes,
  maxJournalOutput: maxJournalOutputBytes = DEFAULT_TOOL_LIMITS.maxJournalOutputBytes,
}: RunOptions): ToolLimits {
  return { timeoutMs, maxArgumentBytes, maxArgumentDepth, maxOutputBytes, maxJournalOutputBytes };
}

/** How many tool calls of a run may be under way at once: of one turn, and of all conversations. */
export function toolCallsAtOnce({
  concurrency,
  turnConcurrency = DEFAULT_TURN_CONCURRENCY,
  toolConcurrency = concurrency * turnConcurrency,
}: Pick<RunOptions, 'concurrency' | 'turnConcurrency' | 'toolConcurrency'>): {
  readonly turnConcurrency: number;
  readonly toolConcurrency: number;
} {
  return { turnConcurrency, toolConcurrency };
}
