import type { EventOf, RunEvent } from '../../contract/event.ts';
import type { ToolCall } from '../../contract/message.ts';
import type { ModelStep } from '../spans/model-span.ts';
import { modelSpan } from '../spans/model-span.ts';
import type { Add } from '../spans/time-states.ts';
import { addModel, addTool, TIME_STATES } from '../spans/time-states.ts';
import { toolSpan } from '../spans/tool-span.ts';
import type { Split } from './split.ts';
import { emptySplit } from './split.ts';

interface OpenCall {
  readonly start: EventOf<'tool_start'>;
  retries: EventOf<'tool_retry'>[] | undefined;
  hasEnded: boolean;
}

/** A call that came to nothing within less did not wait. */
const WORTH_SAYING_MS = 1;

/**
 * What the time of one conversation goes into while it goes on: the same as the states of its spans, without making them,
 * since it is done for every conversation of every run. Without what a run's limits say.
 */
export class OpenSplit {
  /** Of each piece its state, start and end. */
  readonly #pieces: number[] = [];
  /** Starts and ends, by turns. */
  readonly #stretches: number[];
  #isOpen = true;
  #model: EventOf<'model_start'> | undefined;
  #steps: ModelStep[] | undefined;
  #asked: readonly ToolCall[] = [];
  #askedMs = 0;
  /** Those of the turn, and those that are open. */
  readonly #calls = new Map<string, OpenCall>();
  #tasks: Map<string, number> | undefined;
  /** How long turns had calls that waited for others of them: those that are over, and this one. */
  #turnWaitMs = 0;
  #waitMs = 0;

  constructor(atMs: number) {
    this.#stretches = [atMs];
  }

  add(event: RunEvent): void {
    switch (event.kind) {
      case 'model_start':
        this.#endTurn(event.atMs);
        this.#model = event;
        this.#steps = undefined;
        break;
      case 'model_retry':
      case 'wait_start':
      case 'wait_end':
        this.#steps ??= [];
        this.#steps.push(event);
        break;
      case 'model_end':
        this.#endModel(event);
        break;
      case 'tool_start':
        this.#waitMs = Math.max(this.#waitMs, event.waits.turn ?? 0);
        this.#calls.set(event.callId, { start: event, retries: undefined, hasEnded: false });
        break;
      case 'tool_retry': {
        const call = this.#calls.get(event.callId);
        if (call) call.retries = [...(call.retries ?? []), event];
        break;
      }
      case 'tool_end':
        this.#endCall(event);
        break;
      case 'handoff':
        this.#asked = this.#asked.filter(({ callId }) => callId !== event.outcome.callId);
        break;
      case 'task_start':
        this.#tasks ??= new Map();
        this.#tasks.set(event.task, event.atMs);
        break;
      case 'task_end':
        this.#add('dependency', this.#tasks?.get(event.task) ?? event.atMs, event.atMs);
        this.#tasks?.delete(event.task);
        break;
      default:
    }
  }

  /** Its end, or that of the process that worked on it: ends what is open. */
  end(atMs: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stretches.push(atMs);
    const model = this.#model;
    if (model) addModel(modelSpan({ start: model, steps: this.#steps ?? [] }, ending(atMs)), undefined, this.#add);
    this.#model = undefined;
    for (const { start, retries = [], hasEnded } of this.#calls.values()) {
      if (!hasEnded) addTool(toolSpan({ start, retries }, ending(atMs)), this.#add);
    }
    for (const startMs of this.#tasks?.values() ?? []) this.#add('dependency', startMs, atMs);
    this.#tasks = undefined;
    this.#endTurn(atMs);
    this.#calls.clear();
  }

  /** Another process begins to work on it. */
  goOn(atMs: number): void {
    this.end(atMs);
    this.#isOpen = true;
    this.#stretches.push(atMs);
  }

  /** How long its turns had calls that waited for others of the same turn. */
  get turnWaitMs(): number {
    return this.#turnWaitMs + this.#waitMs;
  }

  /** Of what has ended. */
  split(): Split {
    const { times, codes } = sortedEdges(this.#pieces);
    const split = emptySplit();
    for (let at = 0; at + 1 < this.#stretches.length; at += 2) {
      addStretch(split, { startMs: this.#stretches[at] ?? 0, endMs: this.#stretches[at + 1] ?? 0 }, times, codes);
    }
    return split;
  }

  readonly #add: Add = (state, startMs, endMs) => {
    if (endMs > startMs) this.#pieces.push(INDEX[state], startMs, endMs);
  };

  #endModel(event: EventOf<'model_end'>): void {
    const start = this.#model;
    if (!start) return;
    const steps = this.#steps;
    if (!steps && start.budgetMs === undefined) this.#add('model', start.atMs, event.atMs);
    else addModel(modelSpan({ start, steps: steps ?? [] }, event), undefined, this.#add);
    this.#model = undefined;
    this.#steps = undefined;
    if (!event.result.ok) return;
    this.#asked = event.result.calls;
    this.#askedMs = event.atMs;
  }

  #endCall(event: EventOf<'tool_end'>): void {
    const call = this.#calls.get(event.callId);
    if (!call || call.hasEnded) return;
    const { start, retries } = call;
    const isPlain = start.queuedMs === 0 && !retries && !event.shared && isEmpty(event.waits);
    if (isPlain) this.#add('tools', start.atMs, event.atMs);
    else addTool(toolSpan({ start, retries: retries ?? [] }, event), this.#add);
    call.hasEnded = true;
  }

  /** What was asked for and has not started by now never will; whose start is known needs no remembering once it ended. */
  #endTurn(atMs: number): void {
    if (atMs - this.#askedMs >= WORTH_SAYING_MS) {
      for (const { callId } of this.#asked) if (!this.#calls.has(callId)) this.#add('untold', this.#askedMs, atMs);
    }
    this.#asked = [];
    this.#turnWaitMs += this.#waitMs;
    this.#waitMs = 0;
    for (const [callId, { hasEnded }] of this.#calls) if (hasEnded) this.#calls.delete(callId);
  }
}

const INDEX = Object.fromEntries(TIME_STATES.map((state, index) => [state, index])) as Record<
  (typeof TIME_STATES)[number],
  number
>;

function ending(atMs: number) {
  return { atMs, ending: 'interrupted' } as const;
}

function isEmpty(waits: object): boolean {
  for (const _ in waits) return false;
  return true;
}

/** When states begin (twice their index) and cease (one more), in order. They are few, and nearly in order already. */
function sortedEdges(pieces: readonly number[]): {
  readonly times: readonly number[];
  readonly codes: readonly number[];
} {
  const times: number[] = [];
  const codes: number[] = [];
  const insert = (timeMs: number, code: number) => {
    let at = times.length;
    for (; at > 0 && (times[at - 1] ?? 0) > timeMs; at--) {
      times[at] = times[at - 1] ?? 0;
      codes[at] = codes[at - 1] ?? 0;
    }
    times[at] = timeMs;
    codes[at] = code;
  };
  for (let at = 0; at < pieces.length; at += 3) {
    const state = pieces[at] ?? 0;
    insert(pieces[at + 1] ?? 0, 2 * state);
    insert(pieces[at + 2] ?? 0, 2 * state + 1);
  }
  return { times, codes };
}

const OVERHEAD = INDEX.overhead;

function addStretch(
  split: Record<(typeof TIME_STATES)[number], number>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  times: readonly number[],
  codes: readonly number[],
): void {
  const open = new Array<number>(TIME_STATES.length).fill(0);
  let sinceMs = startMs;
  for (let at = 0; at <= times.length; at++) {
    const untilMs = Math.min(times[at] ?? endMs, endMs);
    if (untilMs > sinceMs) {
      let state = 0;
      while (state < OVERHEAD && open[state] === 0) state++;
      split[TIME_STATES[state] ?? 'overhead'] += untilMs - sinceMs;
      sinceMs = untilMs;
    }
    const code = codes[at] ?? 0;
    const state = code >> 1;
    open[state] = (open[state] ?? 0) + (code % 2 === 0 ? 1 : -1);
  }
}
