import type { Clock } from '../../contract/clock.ts';
import { messageOf } from '../../contract/errors.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList } from '../../contract/json.ts';
import type { ToolFailureCode, ToolOutcome } from '../../contract/message.ts';
import type { Task, TaskList } from './task-list.ts';
import type { ReadArguments } from './task-settings.ts';
import type { TaskCall, TaskTool } from './task-tools.ts';
import type { TaskCreator } from './task-work.ts';
import { readTaskWork } from './task-work.ts';
import { waitUntil } from './wait-until.ts';

/** What task calls are answered with. */
export interface TaskDesk {
  readonly tasks: TaskList;
  readonly creator: TaskCreator;
  readonly readArguments: ReadArguments;
  /** Why no task may be created here, whatever is asked for. */
  readonly closed?: string;
  readonly clock: Clock;
  /** Those that end any waiting. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Answers a call of a task tool. What can be said or started at once is, before this returns; only waiting for tasks and
 * cancelling them take time. Never rejects: whatever is wrong is the outcome, and says how to do it right.
 */
export async function answerTaskCall(call: TaskCall, desk: TaskDesk): Promise<ToolOutcome> {
  const { callId, name } = call;
  try {
    const read = desk.readArguments(call.argumentsText);
    const answer = read.ok ? await ANSWERS[name](read.args, desk) : wrong(read.problem.replace(/^The/, 'the'));
    if (answer.ok) return { kind: 'ok', callId, output: answer.output };
    return { kind: 'failed', callId, code: answer.code, message: `Cannot ${DOING[name]}: ${answer.problem}` };
  } catch (error) {
    const message = `Cannot ${DOING[name]}: ${messageOf(error)}`;
    return { kind: 'failed', callId, code: 'threw', message };
  }
}

type Answer =
  | { readonly ok: true; readonly output: JsonValue }
  | { readonly ok: false; readonly code: ToolFailureCode; readonly problem: string };

const DOING: Readonly<Record<TaskTool, string>> = {
  create_task: 'create a task',
  check_task: 'check a task',
  check_all_tasks: 'check the tasks',
  wait_for_task: 'wait for a task',
  cancel_task: 'cancel a task',
};

const ANSWERS: Readonly<Record<TaskTool, (args: JsonObject, desk: TaskDesk) => Answer | Promise<Answer>>> = {
  create_task: (args, { tasks, creator, closed }) => {
    if (closed !== undefined) return { ok: false, code: 'not_run', problem: closed };
    const read = readTaskWork(args, creator);
    if (!read.ok) return wrong(read.problem);
    const started = tasks.start(read.work);
    if (started.ok) return { ok: true, output: { task: started.task.id, status: 'running' } };
    return { ok: false, code: 'not_run', problem: `${started.problem}. Do the work without one.` };
  },
  check_task: (args, { tasks }) => {
    const found = findOne(args, tasks);
    return found.ok ? { ok: true, output: tasks.tell(found.task) } : found;
  },
  check_all_tasks: (_args, { tasks }) => ({ ok: true, output: tasks.tellAll(tasks.all) }),
  wait_for_task: waitForTask,
  cancel_task: async (args, { tasks }) => {
    const found = findOne(args, tasks);
    if (!found.ok) return found;
    await tasks.cancel([found.task]);
    return { ok: true, output: tasks.tell(found.task) };
  },
};

async function waitForTask(args: JsonObject, { tasks, clock, signals }: TaskDesk): Promise<Answer> {
  const { task, tasks: several = [], timeout_seconds: timeout } = args;
  const isTime = typeof timeout === 'number' && timeout >= 0;
  if (timeout !== undefined && !isTime) return wrong('"timeout_seconds" is not a number from 0 up.');
  if (!isList(several)) return wrong('"tasks" is not a list such as ["t1", "t2"].');
  const limit = isTime ? { timeoutMs: timeout * 1000, clock } : undefined;
  const ids = new Set(task === undefined ? several : [...several, task]);
  if (ids.size === 0) {
    const { open } = tasks;
    if (open.length === 0) return wrong(`none is running. ${known(tasks)}`);
    await waitUntil(Promise.race(open.map(({ ended }) => ended)), signals, limit);
    const ended = open.filter((candidate) => tasks.statusOf(candidate) !== 'running');
    return { ok: true, output: tasks.tellAll(ended.length > 0 ? ended : open) };
  }
  const found: Task[] = [];
  for (const id of ids) {
    const one = findOne({ task: id }, tasks);
    if (!one.ok) return one;
    found.push(one.task);
  }
  await waitUntil(Promise.all(found.map(({ ended }) => ended)), signals, limit);
  const told = tasks.tellAll(found);
  return { ok: true, output: several.length === 0 ? (told[0] ?? null) : told };
}

function findOne(
  args: JsonObject,
  tasks: TaskList,
): { readonly ok: true; readonly task: Task } | (Answer & { ok: false }) {
  const id = args['task'];
  if (typeof id !== 'string') return wrong('name it by its id, such as {"task": "t1"}.');
  const task = tasks.find(id);
  return task ? { ok: true, task } : wrong(`there is no task ${JSON.stringify(id)}. ${known(tasks)}`);
}

function known(tasks: TaskList): string {
  const all = tasks.all.map((task) => `${task.id} (${task.what}, ${tasks.statusOf(task)})`).join(', ');
  return all === '' ? 'None has been created.' : `There are: ${all}.`;
}

function wrong(problem: string): Answer & { ok: false } {
  return { ok: false, code: 'invalid_arguments', problem };
}
