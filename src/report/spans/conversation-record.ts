import type { ConversationStatus, EventOf, RunEvent } from '../../contract/event.ts';
import { INTERRUPTED } from '../../contract/event.ts';
import type { Missed } from '../../contract/expectation.ts';
import type { ModelStep } from './model-span.ts';
import { modelSpan } from './model-span.ts';
import type {
  ConversationSpans,
  HandoffMark,
  ModelSpan,
  SpanEnding,
  Stretch,
  TaskSpan,
  ToolSpan,
  UnstartedCall,
} from './run-spans.ts';
import { toolSpan } from './tool-span.ts';

/** A call that came to nothing within less did not wait. */
const WORTH_KEEPING_MS = 1;

type Slot = { readonly slot: number; readonly slotFrom?: string } | undefined;

/** What one conversation did so far. */
export class ConversationRecord {
  readonly #start: EventOf<'conversation_start'>;
  readonly #stretches: Stretch[] = [];
  readonly #models: ModelSpan[] = [];
  readonly #tools: ToolSpan[] = [];
  readonly #tasks: TaskSpan[] = [];
  readonly #handoffs: HandoffMark[] = [];
  readonly #messages: { readonly seq: number; readonly atMs: number }[] = [];
  #open: { readonly startMs: number; readonly queuedMs: number; readonly slot: Slot } | undefined;
  #model: { readonly start: EventOf<'model_start'>; readonly steps: ModelStep[] } | undefined;
  readonly #calls = new Map<string, { start: EventOf<'tool_start'>; retries: EventOf<'tool_retry'>[] }>();
  /** What the last response asked for and nothing is told of yet. */
  readonly #asked = new Map<string, Omit<UnstartedCall, 'endMs'>>();
  readonly #unstarted: UnstartedCall[] = [];
  readonly #openTasks = new Map<string, EventOf<'task_start'>>();
  #status: ConversationStatus | undefined;
  #problem: string | undefined;
  #missed: readonly Missed[] | undefined;

  constructor(start: EventOf<'conversation_start'>, slot: Slot) {
    this.#start = withoutTexts(start);
    this.goOn(start, slot);
  }

  /** The model that it asks at the moment, or began with. */
  get modelAsked(): string {
    return this.#model?.start.model ?? this.#start.model;
  }

  /** A process begins to work on it. */
  goOn({ atMs, queuedMs }: EventOf<'conversation_start'>, slot: Slot): void {
    this.interrupt(atMs);
    this.#open = { startMs: atMs, queuedMs, slot };
    this.#status = undefined;
    this.#problem = undefined;
    this.#missed = undefined;
  }

  /** The process that worked on it died: ends what is open. */
  interrupt(atMs: number): void {
    this.#close(atMs, 'interrupted');
  }

  #close(atMs: number, ending: SpanEnding): void {
    const closed = this.#closed(atMs, ending);
    this.#models.push(...closed.models);
    this.#tools.push(...closed.tools);
    this.#unstarted.push(...closed.unstarted);
    this.#tasks.push(...closed.tasks);
    this.#stretches.push(...closed.stretches);
    this.#model = undefined;
    this.#calls.clear();
    this.#asked.clear();
    this.#openTasks.clear();
    this.#open = undefined;
  }

  add(event: RunEvent): void {
    switch (event.kind) {
      case 'model_start':
        this.#dropAsked(event.atMs);
        this.#model = { start: event, steps: [] };
        break;
      case 'model_retry':
      case 'wait_start':
      case 'wait_end':
        this.#model?.steps.push(event);
        break;
      case 'model_end':
        this.#endModel(event);
        break;
      case 'tool_start':
        this.#asked.delete(event.callId);
        this.#calls.set(event.callId, { start: withoutArguments(event), retries: [] });
        break;
      case 'tool_retry':
        this.#calls.get(event.callId)?.retries.push(event);
        break;
      case 'tool_end':
        this.#endTool(event);
        break;
      case 'task_start':
        this.#openTasks.set(event.task, event);
        break;
      case 'task_end':
        this.#endTask(event);
        break;
      case 'handoff': {
        const { seq, atMs, turn, from, to, outcome } = event;
        this.#asked.delete(outcome.callId);
        this.#handoffs.push({ seq, atMs, turn, from, to, failed: outcome.kind === 'failed' });
        break;
      }
      case 'message':
        this.#messages.push({ seq: event.seq, atMs: event.atMs });
        break;
      case 'conversation_end':
        this.#end(event);
        break;
      default:
    }
  }

  /** All of it; what is open ends at `endMs`. */
  spans(endMs: number): ConversationSpans {
    const { seq, conversation, parent, index, agent, model, atMs: startMs } = this.#start;
    const open = this.#closed(endMs, 'open');
    const stretches = [...this.#stretches, ...open.stretches];
    return {
      seq,
      conversation,
      ...(parent === undefined ? {} : { parent }),
      index,
      agent,
      model,
      startMs,
      endMs: stretches.at(-1)?.endMs ?? startMs,
      stretches,
      ...(this.#status === undefined ? {} : { status: this.#status }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      ...(this.#missed === undefined ? {} : { missed: this.#missed }),
      models: [...this.#models, ...open.models],
      tools: [...this.#tools, ...open.tools],
      unstarted: [...this.#unstarted, ...open.unstarted],
      tasks: [...this.#tasks, ...open.tasks],
      handoffs: [...this.#handoffs],
      messages: [...this.#messages],
    };
  }

  #endModel(event: EventOf<'model_end'>): void {
    if (this.#model) this.#models.push(modelSpan(this.#model, event));
    this.#model = undefined;
    if (!event.result.ok) return;
    const { turn, atMs: askedMs } = event;
    const isKnown = new Set([...this.#calls.keys(), ...this.#tools.map(({ callId }) => callId)]);
    for (const { callId, name } of event.result.calls) {
      if (!isKnown.has(callId)) this.#asked.set(callId, { turn, callId, name, askedMs });
    }
  }

  /** What has not started by now never will. */
  #dropAsked(atMs: number): void {
    this.#unstarted.push(...this.#closedAsked(atMs));
    this.#asked.clear();
  }

  #closedAsked(endMs: number): readonly UnstartedCall[] {
    const waited = [...this.#asked.values()].filter(({ askedMs }) => endMs - askedMs >= WORTH_KEEPING_MS);
    return waited.map((call) => ({ ...call, endMs }));
  }

  #endTool(event: EventOf<'tool_end'>): void {
    const call = this.#calls.get(event.callId);
    if (call) this.#tools.push(toolSpan(call, event));
    this.#calls.delete(event.callId);
  }

  #endTask(event: EventOf<'task_end'>): void {
    const start = this.#openTasks.get(event.task);
    const { outcome, atMs } = event;
    const isInterrupted = outcome.kind === 'failed' && outcome.message === INTERRUPTED;
    const failure = outcome.kind === 'failed' && !isInterrupted ? { failure: outcome.code } : {};
    if (start) this.#tasks.push({ ...taskSpan(start, atMs, isInterrupted ? 'interrupted' : 'ended'), ...failure });
    this.#openTasks.delete(event.task);
  }

  #end({ atMs, status, problem, missed }: EventOf<'conversation_end'>): void {
    const isInterrupted = problem === INTERRUPTED;
    this.#close(atMs, isInterrupted ? 'interrupted' : 'ended');
    if (isInterrupted) return;
    this.#status = status;
    this.#problem = problem;
    this.#missed = missed;
  }

  /** What is open, as if it ended now. */
  #closed(atMs: number, ending: SpanEnding) {
    return {
      models: this.#model ? [modelSpan(this.#model, { atMs, ending })] : [],
      tools: [...this.#calls.values()].map((call) => toolSpan(call, { atMs, ending })),
      unstarted: this.#closedAsked(atMs),
      tasks: [...this.#openTasks.values()].map((task) => taskSpan(task, atMs, ending)),
      stretches: this.#stretch(atMs, ending),
    };
  }

  #stretch(endMs: number, ending: SpanEnding): readonly Stretch[] {
    if (!this.#open) return [];
    const { slot, ...open } = this.#open;
    return [{ ...open, endMs, ending, ...slot }];
  }
}

function taskSpan({ seq, task, what, atMs: startMs }: EventOf<'task_start'>, endMs: number, ending: SpanEnding) {
  return { seq, task, what, startMs, endMs, ending };
}

/** Texts may be long, and spans live long. */
function withoutTexts(start: EventOf<'conversation_start'>): EventOf<'conversation_start'> {
  const { metadata: _, ...rest } = start;
  return { ...rest, prompt: '' };
}

function withoutArguments(start: EventOf<'tool_start'>): EventOf<'tool_start'> {
  return { ...start, argumentsText: '' };
}
