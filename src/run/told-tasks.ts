import { TASK_TOOLS } from '../agent/tasks/task-tools.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';

/** The background tasks that a message is news of: each has a line, which begins with it. */
export function tasksInNews(news: string): readonly string[] {
  return [...news.matchAll(/^(?:Background task )?(t\d+) \(/gm)].map(([, task = '']) => task);
}

/** The background tasks whose end a tool's output tells. */
export function endedTasksIn(tool: string, output: JsonValue): readonly string[] {
  if (!asksForTasks(tool)) return [];
  const states = Array.isArray(output) ? output : [output];
  return states.flatMap((state: JsonValue) => {
    const { task, status } = typeof state === 'object' && state !== null ? (state as JsonObject) : {};
    return typeof task === 'string' && status !== 'running' ? [task] : [];
  });
}

/** Whether a tool does no more than ask for background tasks, or end them. */
export function asksForTasks(tool: string): boolean {
  return tool !== 'create_task' && TASK_TOOLS.some((name) => name === tool);
}
