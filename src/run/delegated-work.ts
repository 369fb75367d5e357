import type { TaskUse } from '../agent/tasks/task-list.ts';
import { addCost } from '../contract/cost.ts';
import type { EventOf, RunEvent } from '../contract/event.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';
import type { ToolEffect } from '../contract/tool.ts';
import { isTaskTool } from './told-tasks.ts';

/** A call that was started and whose outcome nobody knows. */
export interface UncertainCall {
  /** The background task of the prompt's own conversation that it is, or is part of. */
  readonly task: string;
  /** Its tool, with where it is to be found. */
  readonly name: string;
}

/** What the conversations used up and left uncertain that another one delegated, directly or not, as background tasks. */
export interface DelegatedWork {
  readonly used: TaskUse;
  readonly uncertain: readonly UncertainCall[];
}

/** @param events of all conversations that `id` delegated, whose names begin with its own */
export function delegatedWork(id: string, events: readonly RunEvent[]): DelegatedWork {
  const starts = new Map<string, EventOf<'tool_start'>>();
  const uncertain: UncertainCall[] = [];
  let [usage, toolCalls] = [NO_USAGE, 0];
  let costUsd: number | undefined = 0;
  for (const event of events) {
    if (event.kind === 'tool_start') starts.set(`${event.conversation} ${event.callId}`, event);
    if (event.kind === 'model_end' && event.result.ok) {
      usage = addUsage(usage, event.result.usage);
      costUsd = addCost(costUsd, event.costUsd);
    }
    if (event.kind !== 'tool_end') continue;
    toolCalls += 1;
    const { conversation, callId, name, outcome } = event;
    const start = starts.get(`${conversation} ${callId}`);
    if (outcome.kind === 'ok' || outcome.code !== 'cancelled' || isRepeatable(start?.effect) || isTaskTool(name))
      continue;
    const [task = ''] = conversation.slice(id.length + 1).split('/');
    uncertain.push({ task, name: `${name} (${conversation} ${callId})` });
  }
  return { used: { usage, costUsd, toolCalls }, uncertain };
}

/** Whether a call may be made again, so that nothing depends on whether it was. */
export function isRepeatable(effect: ToolEffect | undefined): boolean {
  return effect === 'pure' || effect === 'read' || effect === 'idempotent';
}
