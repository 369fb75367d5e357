import type { Agent } from '../../contract/agent.ts';
import type { ToolCall, ToolOutcome } from '../../contract/message.ts';
import type { ToolSpec } from '../../contract/model.ts';
import type { Ending } from '../ending.ts';
import type { TaskDesk } from './answer-task-call.ts';
import { answerTaskCall } from './answer-task-call.ts';
import { RunTasks } from './run-tasks.ts';
import type { TaskListBounds, TaskListDeps, TaskUse } from './task-list.ts';
import { TaskList } from './task-list.ts';
import type { ReadArguments, TaskSettings } from './task-settings.ts';
import type { TaskCall } from './task-tools.ts';
import { hiddenTaskTools, isTaskCall, taskSpecs } from './task-tools.ts';
import type { TaskCreator } from './task-work.ts';
import { waitUntil } from './wait-until.ts';

/** What the tasks of a conversation need from it. */
export interface ConversationTasksDeps extends TaskListDeps, Pick<TaskCreator, 'openTurn' | 'model' | 'delegate'> {
  /** How deep the conversation is: 0 for a prompt's own, 1 for one that it delegated, and so on. */
  readonly depth: number;
  /** Fires when nothing new may start. */
  readonly stopping: AbortSignal;
  /** Whether a task has to end before anything else happens. */
  readonly inOrder: boolean;
}

const readNone: ReadArguments = () => ({ ok: false, problem: 'There are no background tasks.' });
const NONE: TaskListBounds = { maxPerConversation: 0, run: new RunTasks(0), fitOutputs: (outputs) => outputs };

/**
 * A conversation's dealings with background tasks: what the model is told of them and how its calls are answered, beside
 * the turn's tools, so that waiting holds no tool's slot. Without settings there are none.
 */
export class ConversationTasks {
  readonly #settings: TaskSettings | undefined;
  readonly #deps: ConversationTasksDeps;
  readonly #list: TaskList;

  constructor(settings: TaskSettings | undefined, deps: ConversationTasksDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#list = new TaskList(settings ?? NONE, deps);
  }

  /** The task tools that the model is offered beside the agent's own tools, which win where the names are the same. */
  specs(agent: Agent): readonly ToolSpec[] {
    if (!this.#settings || this.#isDeepest) return [];
    const hidden = hiddenTaskTools(agent);
    if (hidden.length > 0 && this.#settings.run.meet(agent)) {
      const message = `agent ${agent.name} has tools of its own called ${hidden.join(', ')}: those for background tasks are not offered`;
      this.#deps.emit({ kind: 'notice', message });
    }
    return taskSpecs(agent, [...this.#settings.agentByName.keys()]);
  }

  /** Whether a call of the agent's is answered here. */
  owns(call: ToolCall, agent: Agent): call is TaskCall {
    return this.#settings !== undefined && isTaskCall(call, agent);
  }

  /** Answers calls that are owned, all at once. Never rejects; outcomes in call order. */
  async answer(calls: readonly TaskCall[], agent: Agent, turn: number): Promise<readonly ToolOutcome[]> {
    if (!this.#deps.inOrder) return Promise.all(calls.map((call) => this.#answer(call, agent, turn)));
    const outcomes: ToolOutcome[] = [];
    for (const call of calls) {
      outcomes.push(await this.#answer(call, agent, turn));
      await this.#allEnded(this.#signals);
    }
    return outcomes;
  }

  /** A message for the model about tasks that have ended without its having heard of it; each is told once. */
  takeNews(): string | undefined {
    return this.#list.takeNews();
  }

  /**
   * The model has answered. Returns how the conversation ends, or nothing if it goes on: then all tasks have ended, or
   * the conversation has to, and the model has to hear of them.
   */
  async afterAnswer(answered: Ending, used: { readonly turns: number }, maxTurns: number): Promise<Ending | undefined> {
    const { open } = this.#list;
    if (open.length === 0) return answered;
    if (this.#settings?.atEnd === 'cancel') {
      await this.#list.cancel(open);
      const { conversation, emit } = this.#deps;
      emit({ kind: 'notice', conversation, message: `answered without waiting for background tasks: ${this.#show()}` });
      return answered;
    }
    if (used.turns >= maxTurns) {
      const problem = `stopped after ${used.turns} turns, without waiting for background tasks: ${this.#show()}`;
      return { status: 'max_turns', problem };
    }
    await this.#allEnded(this.#signals);
    return undefined;
  }

  /** Aborts what still runs, but lets it finish while the run is being stopped; returns when all tasks have ended. */
  async close(): Promise<void> {
    if (this.#deps.stopping.aborted) await this.#allEnded([this.#deps.signal]);
    return this.#list.cancel(this.#list.all);
  }

  /**
   * What ended tasks used up: the calls of tools that they ran, and all calls and tokens of delegated conversations, which
   * have no row of results. Not held against the conversation's bounds, since those conversations have their own.
   */
  get used(): TaskUse {
    return this.#list.used;
  }

  get #isDeepest(): boolean {
    return this.#deps.depth >= (this.#settings?.maxDepth ?? 0);
  }

  get #signals(): readonly AbortSignal[] {
    return [this.#deps.signal, this.#deps.stopping];
  }

  #allEnded(signals: readonly AbortSignal[]): Promise<void> {
    return waitUntil(Promise.all(this.#list.all.map(({ ended }) => ended)), signals);
  }

  #show(): string {
    return this.#list.open.map((task) => `${task.id} (${task.what}, ${this.#list.statusOf(task)})`).join(', ');
  }

  async #answer(call: TaskCall, agent: Agent, turn: number): Promise<ToolOutcome> {
    const { conversation, clock, emit } = this.#deps;
    const { callId, name, argumentsText } = call;
    const startedAt = clock.now();
    const place = { conversation, turn, callId, name };
    emit({ kind: 'tool_start', ...place, argumentsText, eager: false, queuedMs: 0, waits: {} });
    const outcome = await answerTaskCall(call, this.#desk(agent, turn));
    const elapsedMs = clock.now() - startedAt;
    // Waiting is not work: the tasks' own time is told as theirs.
    const waitedMs = waitsForTasks(call) ? elapsedMs : 0;
    const waits = waitedMs > 0 ? { dependency: waitedMs } : {};
    emit({ kind: 'tool_end', ...place, tookMs: elapsedMs - waitedMs, waits, outcome });
    return outcome;
  }

  #desk(agent: Agent, turn: number): TaskDesk {
    const { conversation, clock, openTurn, model, delegate } = this.#deps;
    const closed = this.#closed();
    return {
      tasks: this.#list,
      creator: {
        conversation,
        turn,
        agent,
        agentByName: this.#settings?.agentByName ?? new Map(),
        openTurn,
        model,
        delegate,
      },
      readArguments: this.#settings?.readArguments ?? readNone,
      ...(closed === undefined ? {} : { closed }),
      clock,
      signals: this.#signals,
    };
  }

  #closed(): string | undefined {
    if (this.#signals.some(({ aborted }) => aborted)) return 'the run is being stopped, and nothing new is started.';
    if (!this.#isDeepest) return undefined;
    return 'this conversation is a background task itself, and as deep as they may go. Do the work without one.';
  }
}

function waitsForTasks({ name }: TaskCall): boolean {
  return name === 'wait_for_task' || name === 'cancel_task';
}
