import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import { TASK_TOOLS } from '../agent/tasks/task-tools.ts';
import type { EventOf } from '../contract/event.ts';
import type { JsonValue } from '../contract/json.ts';
import { isList, isObject } from '../contract/json.ts';
import type { UncertainCall } from './delegated-work.ts';

/** The message to a model that tells it of tasks that ended before it could hear of them, and what is uncertain of them. */
export function newsOfEarlierTasks(
  ends: readonly EventOf<'task_end'>[],
  uncertain: readonly UncertainCall[],
  fitOutputs: TaskSettings['fitOutputs'],
): string {
  const results = fitOutputs(ends.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.output : outcome.message)));
  const lines = ends.map(({ task, what, outcome }, index) => {
    const result = results[index];
    if (outcome.kind === 'ok') return `${task} (${what}) finished: ${JSON.stringify(result)}`;
    const calls = uncertain.filter((call) => call.task === task).map(({ name }) => name);
    const unknown = calls.length === 0 ? '' : `; nobody knows what ${calls.join(', ')} did`;
    return `${task} (${what}) did not finish: ${JSON.stringify(`${result}${unknown}`)}`;
  });
  return `Background tasks from before an interruption, none of which runs any more:\n${lines.join('\n')}`;
}

/** The background tasks that a message is news of: each has a line, which begins with it. */
export function tasksInNews(news: string): readonly string[] {
  return [...news.matchAll(/^(?:Background task )?(t\d+) \(/gm)].map(([, task = '']) => task);
}

/** The background tasks whose end a tool's output tells. */
export function endedTasksIn(tool: string, output: JsonValue): readonly string[] {
  if (!asksForTasks(tool)) return [];
  const states = isList(output) ? output : [output];
  return states.flatMap((state) => {
    const { task, status } = isObject(state) ? state : {};
    return typeof task === 'string' && status !== 'running' ? [task] : [];
  });
}

/** Whether a tool does no more than ask for background tasks, or end them. */
export function asksForTasks(tool: string): boolean {
  return isTaskTool(tool) && tool !== 'create_task';
}

/** Whether a tool is one that background tasks are made and asked for with. */
export function isTaskTool(tool: string): boolean {
  return TASK_TOOLS.some((name) => name === tool);
}
