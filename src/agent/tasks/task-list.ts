import type { Clock } from '../../contract/clock.ts';
import { addCost } from '../../contract/cost.ts';
import { messageOf } from '../../contract/errors.ts';
import type { Emit } from '../../contract/event.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { Usage } from '../../contract/model.ts';
import { addUsage, NO_USAGE } from '../../contract/model.ts';
import type { TaskSettings } from './task-settings.ts';

/** What a task does. */
export interface TaskWork {
  /** A tool's name, or the agent that works on a prompt. */
  readonly what: string;
  /** Does it, and ends soon after the signal fires. */
  run(task: string, signal: AbortSignal): Promise<TaskResult>;
}

/** What came of a task, and what it used up. */
interface TaskResult extends TaskUse {
  readonly outcome: ToolOutcome;
}

/** What tasks used up. */
export interface TaskUse {
  readonly usage: Usage;
  /** At list price, where it is known. */
  readonly costUsd: number | undefined;
  readonly toolCalls: number;
}

/** A task of a conversation. */
export interface Task {
  /** `t1`, `t2` … */
  readonly id: string;
  readonly what: string;
  /** Settles when it has its end; never rejects. */
  readonly ended: Promise<void>;
}

interface Entry extends Task {
  readonly startedAt: number;
  readonly abort: AbortController;
  end: { readonly outcome: ToolOutcome; readonly tookMs: number } | undefined;
  /** Whether the model has heard how it ended. */
  isTold: boolean;
}

/** What a list of tasks needs from outside. */
export interface TaskListDeps {
  readonly conversation: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** How many tasks the conversation had in earlier attempts, and what those used up that were conversations. */
  readonly earlier: EarlierTasks;
  /** The conversation's. */
  readonly signal: AbortSignal;
}

/** How many tasks one conversation may have, and how their outputs are cut. */
export type TaskListBounds = Pick<TaskSettings, 'maxPerConversation' | 'run' | 'fitOutputs'>;

/** Tasks of earlier attempts at a conversation. */
export interface EarlierTasks {
  readonly count: number;
  readonly used: TaskUse;
}

export const NO_EARLIER_TASKS: EarlierTasks = { count: 0, used: { usage: NO_USAGE, costUsd: 0, toolCalls: 0 } };

/** The background tasks of one conversation, from the first that is started to the last that has ended. */
export class TaskList {
  readonly #deps: TaskListDeps;
  readonly #bounds: TaskListBounds;
  readonly #entries = new Map<string, Entry>();
  #used: TaskUse;

  constructor(bounds: TaskListBounds, deps: TaskListDeps) {
    this.#bounds = bounds;
    this.#deps = deps;
    this.#used = deps.earlier.used;
  }

  /** Starts a task, unless that is one too many. */
  start(work: TaskWork): { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problem: string } {
    const { maxPerConversation, run } = this.#bounds;
    const { clock, emit, conversation, earlier } = this.#deps;
    if (earlier.count + this.#entries.size >= maxPerConversation) {
      return { ok: false, problem: `this conversation has had all ${maxPerConversation} tasks that it may have` };
    }
    const giveBack = run.take();
    if (!giveBack) {
      return { ok: false, problem: `${run.max} tasks run at the moment over all conversations, and more may not` };
    }
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const id = `t${earlier.count + this.#entries.size + 1}`;
    const { what } = work;
    const abort = new AbortController();
    const entry: Entry = { id, what, ended, startedAt: clock.now(), abort, end: undefined, isTold: false };
    this.#entries.set(id, entry);
    emit({ kind: 'task_start', conversation, task: id, what });
    void this.#run(entry, work).finally(() => {
      giveBack();
      resolve();
    });
    return { ok: true, task: entry };
  }

  /** All tasks, in the order in which they were started. */
  get all(): readonly Task[] {
    return [...this.#entries.values()];
  }

  /** Those that still run, or whose end the model has not heard of. */
  get open(): readonly Task[] {
    return [...this.#entries.values()].filter(({ isTold }) => !isTold);
  }

  find(id: string): Task | undefined {
    return this.#entries.get(id);
  }

  /** How a task stands, for the model; from then on it counts as told if it has ended. */
  tell(task: Task): JsonObject {
    return this.tellAll([task])[0] ?? {};
  }

  /** The same of several that are told together. */
  tellAll(tasks: readonly Task[]): readonly JsonObject[] {
    const entries = tasks.flatMap(({ id }) => this.#entries.get(id) ?? []);
    const results = this.#bounds.fitOutputs(entries.map(resultOf));
    return entries.map((entry, index) => {
      const about = { task: entry.id, what: entry.what, status: this.statusOf(entry) };
      const { startedAt, end } = entry;
      if (!end) return { ...about, running_for_seconds: seconds(this.#deps.clock.now() - startedAt) };
      entry.isTold = true;
      const name = end.outcome.kind === 'ok' ? 'result' : 'error';
      return { ...about, [name]: results[index] ?? null, took_seconds: seconds(end.tookMs) };
    });
  }

  statusOf({ id }: Task): 'running' | 'done' | 'failed' | 'cancelled' {
    const outcome = this.#entries.get(id)?.end?.outcome;
    if (!outcome) return 'running';
    if (outcome.kind === 'ok') return 'done';
    return outcome.code === 'cancelled' ? 'cancelled' : 'failed';
  }

  /** News of tasks that have ended without the model having heard of it; nothing if there are none. Each is told once. */
  takeNews(): string | undefined {
    const untold = [...this.#entries.values()].filter(({ end, isTold }) => end && !isTold);
    if (untold.length === 0) return undefined;
    const results = this.#bounds.fitOutputs(untold.map(resultOf));
    const lines = untold.map((entry, index) => {
      entry.isTold = true;
      // As JSON on one line, so that what a tool returns cannot pass for news of another task.
      const result = JSON.stringify(results[index]);
      return `Background task ${entry.id} (${entry.what}) ${ENDED[this.statusOf(entry)]}: ${result}`;
    });
    return lines.join('\n');
  }

  /** Aborts those of the tasks that still run and returns when they have ended. */
  async cancel(tasks: readonly Task[]): Promise<void> {
    for (const { id } of tasks) this.#entries.get(id)?.abort.abort(new Error('the task was cancelled'));
    await Promise.all(tasks.map(({ ended }) => ended));
  }

  /** What the tasks that have ended used up. */
  get used(): TaskUse {
    return this.#used;
  }

  async #run(entry: Entry, work: TaskWork): Promise<void> {
    const { clock, emit, conversation, signal } = this.#deps;
    const { id: task, what, startedAt, abort } = entry;
    let result: TaskResult;
    try {
      result = await work.run(task, AbortSignal.any([signal, abort.signal]));
    } catch (error) {
      const message = messageOf(error);
      const outcome = { kind: 'failed', callId: task, code: 'threw', message } as const;
      result = { outcome, usage: NO_USAGE, costUsd: 0, toolCalls: 0 };
    }
    const tookMs = clock.now() - startedAt;
    this.#used = {
      usage: addUsage(this.#used.usage, result.usage),
      costUsd: addCost(this.#used.costUsd, result.costUsd),
      toolCalls: this.#used.toolCalls + result.toolCalls,
    };
    entry.end = { outcome: result.outcome, tookMs };
    emit({ kind: 'task_end', conversation, task, what, tookMs, outcome: result.outcome });
  }
}

const ENDED = { running: 'runs', done: 'finished', failed: 'failed', cancelled: 'was cancelled' } as const;

/** What a task came to, if it has ended. */
function resultOf({ end }: Entry): JsonValue {
  if (!end) return null;
  return end.outcome.kind === 'ok' ? end.outcome.output : end.outcome.message;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
