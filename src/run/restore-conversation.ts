import type { RestoredConversation } from '../agent/restored-conversation.ts';
import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import type { Agent } from '../contract/agent.ts';
import { addCost } from '../contract/cost.ts';
import type { EventOf, ModelResult, RunEvent } from '../contract/event.ts';
import type { Message, ToolCall, ToolOutcome } from '../contract/message.ts';
import type { Usage } from '../contract/model.ts';
import { addUsage, NO_USAGE } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { DelegatedWork, UncertainCall } from './delegated-work.ts';
import { delegatedWork, isRepeatable } from './delegated-work.ts';
import { asksForTasks, endedTasksIn, newsOfEarlierTasks, tasksInNews } from './told-tasks.ts';

/** What becomes of a call that was started and whose outcome nobody knows. */
export type OnUncertain = 'tell' | 'fail' | 'rerun';

/** What a restored conversation needs from the run as it is now. */
export interface RestoreOptions {
  readonly agentNamed: (name: string) => Agent | undefined;
  /** The agent that the prompt starts with. */
  readonly startAgent: Agent;
  readonly defaultModel: string;
  readonly onUncertain: OnUncertain;
  /** Outputs that the model is shown together, cut where they are too much. */
  readonly fitOutputs: TaskSettings['fitOutputs'];
}

/**
 * Where a conversation stood, from its events: its history with all responses and outcomes, and of the last response what
 * is still to do. A call that was started and did not end is run again only if that does no harm. What the user says is
 * taken from the prompt: events hold no secrets.
 */
export function restoreConversation(
  { id, text }: Pick<Prompt, 'id' | 'text'>,
  events: readonly RunEvent[],
  { agentNamed, startAgent, defaultModel, onUncertain, fitOutputs }: RestoreOptions,
): RestoredConversation {
  // Delegated conversations have histories of their own, which are not gone on with.
  const isOwn = (event: RunEvent) => 'conversation' in event && event.conversation === id;
  const own = events.filter(isOwn);
  const delegated = delegatedWork(
    id,
    events.filter((event) => !isOwn(event)),
  );
  const record = new Record(text, own, delegated, onUncertain);
  const speaker = agentNamed(record.agentName);
  const agent = speaker ?? startAgent;
  const problem = speaker
    ? onUncertain === 'fail' && record.uncertain.length > 0
      ? `interrupted in ${record.uncertain.join(', ')}: nobody knows what that did`
      : undefined
    : `its agent "${record.agentName}" is no longer there`;
  const { history, open, response, turns, usage, costUsd, answer, toolCalls, handoffs, uncertain, taskCount } = record;
  const news = record.news(fitOutputs);
  return {
    history,
    agent,
    modelId: record.modelId ?? agent.model ?? defaultModel,
    answer,
    turns,
    toolCalls,
    handoffs,
    tookMs: workedOnMs(own),
    usage,
    costUsd,
    ...(news === undefined ? {} : { news }),
    tasks: { count: taskCount, used: delegated.used },
    ...(open ? { open } : {}),
    ...(response ? { response } : {}),
    uncertain,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Every attempt has an end, even if that had to be made up for. */
function workedOnMs(events: readonly RunEvent[]): number {
  return events.reduce((sum, { kind, atMs }) => {
    return kind === 'conversation_start' ? sum - atMs : kind === 'conversation_end' ? sum + atMs : sum;
  }, 0);
}

class Record {
  readonly history: Message[] = [];
  agentName = '';
  modelId: string | undefined;
  answer = '';
  turns = 0;
  toolCalls = 0;
  handoffs = 0;
  usage: Usage = NO_USAGE;
  costUsd: number | undefined = 0;
  open: { readonly calls: readonly ToolCall[]; readonly known: readonly ToolOutcome[] } | undefined;
  /** The last response, until something is done about it. */
  response: (ModelResult & { readonly ok: true }) | undefined;
  readonly #uncertain: UncertainCall[];
  readonly #outcomes = new Map<string, ToolOutcome>();
  readonly #starts = new Map<string, EventOf<'tool_start'>>();
  readonly #taskEnds: EventOf<'task_end'>[] = [];
  /** The tasks whose end the model has heard of. */
  readonly #told = new Set<string>();

  constructor(prompt: string, events: readonly RunEvent[], delegated: DelegatedWork, onUncertain: OnUncertain) {
    this.history.push({ role: 'user', text: prompt });
    this.#uncertain = [...delegated.uncertain];
    for (const event of events) this.#collect(event, onUncertain);
    for (const event of events) this.#replay(event);
  }

  get taskCount(): number {
    return this.#taskEnds.length;
  }

  /** Calls of which nobody knows what they did, but for those of tasks that the model had ended itself, or saw end. */
  get uncertain(): readonly string[] {
    return this.#uncertain.filter(({ task }) => !this.#told.has(task)).map(({ name }) => name);
  }

  /** What tasks came to, but for those that the model has heard of. */
  news(fitOutputs: RestoreOptions['fitOutputs']): string | undefined {
    const untold = this.#taskEnds.filter(({ task }) => !this.#told.has(task));
    return untold.length === 0 ? undefined : newsOfEarlierTasks(untold, this.#uncertain, fitOutputs);
  }

  /** First all outcomes, wherever they stand. */
  #collect(event: RunEvent, onUncertain: OnUncertain): void {
    if (event.kind === 'tool_start') this.#starts.set(event.callId, event);
    else if (event.kind === 'handoff') this.#outcomes.set(event.outcome.callId, event.outcome);
    else if (event.kind === 'task_end') this.#taskEnds.push(event);
    else if (event.kind === 'message') for (const task of tasksInNews(event.text)) this.#told.add(task);
    else if (event.kind === 'tool_end') this.#collectOutcome(event, onUncertain);
  }

  #collectOutcome({ callId, name, outcome }: EventOf<'tool_end'>, onUncertain: OnUncertain): void {
    if (outcome.kind === 'ok' || outcome.code !== 'cancelled') {
      this.#outcomes.set(callId, outcome);
      this.toolCalls += 1;
      if (outcome.kind === 'ok') for (const task of endedTasksIn(name, outcome.output)) this.#told.add(task);
      return;
    }
    this.#outcomes.delete(callId);
    const effect = this.#starts.get(callId)?.effect;
    if (isRepeatable(effect)) return;
    if (asksForTasks(name)) {
      this.toolCalls += 1;
      const message = 'Interrupted. What became of the tasks that ran is told in a message.';
      this.#outcomes.set(callId, { kind: 'failed', callId, code: 'cancelled', message });
      return;
    }
    if (onUncertain === 'rerun') return;
    this.#uncertain.push({ task: callId, name: `${name} (${callId})` });
    this.toolCalls += 1;
    const message = `Interrupted: nobody knows whether or how far it ran, and it was not run again.${this.#partsOf(callId)}`;
    this.#outcomes.set(callId, { kind: 'failed', callId, code: 'uncertain', message });
  }

  /** What is known of the calls of a plan that was interrupted. */
  #partsOf(callId: string): string {
    const parts = [...this.#outcomes.values()].filter((outcome) => outcome.callId.startsWith(`${callId}.`));
    return parts.length === 0 ? '' : ` Of its parts these came to an end: ${JSON.stringify(parts)}`;
  }

  #replay(event: RunEvent): void {
    switch (event.kind) {
      case 'conversation_start':
        if (event.resumed === undefined) this.agentName = event.agent;
        return;
      case 'tool_start':
      case 'task_start':
        this.response = undefined;
        return;
      case 'message':
        this.response = undefined;
        this.#closeTurn();
        this.history.push({ role: 'user', text: event.text });
        return;
      case 'model_start':
        this.modelId = event.model;
        this.agentName = event.agent;
        return;
      case 'model_end':
        this.#respond(event);
        return;
      case 'handoff':
        this.response = undefined;
        if (event.outcome.kind === 'failed') return;
        this.agentName = event.to;
        this.modelId = undefined;
        this.handoffs += 1;
        return;
      default:
    }
  }

  #respond({ turn, result, costUsd }: EventOf<'model_end'>): void {
    if (!result.ok) return;
    const { text, calls, echo, usage, limit } = result;
    this.usage = addUsage(this.usage, usage);
    this.costUsd = addCost(this.costUsd, costUsd);
    if (limit !== undefined) return;
    this.#closeTurn();
    this.response = result;
    this.turns = turn;
    if (text !== '' || calls.length === 0) this.answer = text;
    this.history.push({ role: 'assistant', text, calls, ...(echo ? { echo } : {}) });
    if (calls.length === 0) return;
    const known = calls.flatMap(({ callId }) => this.#outcomes.get(callId) ?? []);
    this.open = { calls, known };
  }

  /** What comes next shows that the calls of the response before had all been answered. */
  #closeTurn(): void {
    if (!this.open) return;
    this.history.push({ role: 'tools', outcomes: this.open.known });
    this.open = undefined;
  }
}
