import type { EventOf, RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';

/**
 * Estimates how long the rest of a run will take: from what its conversations do now, how long model calls, tools and
 * whole conversations have taken, and how many turns they had. Earlier runs may be told before, of which it remembers
 * what was usual: it counts until the run itself has shown more.
 */
export class Forecast implements Reporter {
  readonly #toolMs = new Map<string, Average>();
  /** By the model of the run. */
  readonly #usualWith = new Map<string, Usual>();
  #usual = usual();
  #prompts = 0;
  #ended = 0;
  #concurrency = 1;
  /** Whether calls of a turn run one after the other. */
  #inOrder = false;
  readonly #running = new Map<string, Running>();

  /** How long a call of each tool took on average, in milliseconds. */
  get toolMs(): ReadonlyMap<string, number> {
    return new Map([...this.#toolMs].map(([name, { mean }]) => [name, mean]));
  }

  handle(event: RunEvent): void {
    switch (event.kind) {
      case 'run_start':
        this.#begin(event);
        break;
      case 'run_resume':
        this.#running.clear();
        if (!this.#inOrder) this.#concurrency = event.concurrency ?? this.#concurrency;
        break;
      case 'mode_start':
        this.#ended = 0;
        this.#concurrency = event.concurrency;
        this.#inOrder = event.mode === 'sequential';
        this.#running.clear();
        break;
      case 'conversation_start':
        if (event.parent !== undefined) break;
        this.#running.set(event.conversation, { turn: 0, isWithModel: false, sinceMs: event.atMs, calls: new Map() });
        break;
      case 'model_start':
        this.#startModel(event);
        break;
      case 'model_end':
        this.#endModel(event);
        break;
      case 'tool_start':
        this.#running.get(event.conversation)?.calls.set(event.callId, { name: event.name, startedAtMs: event.atMs });
        break;
      case 'tool_end':
        this.#endTool(event);
        break;
      case 'conversation_end':
        this.#endConversation(event);
        break;
      default:
    }
  }

  /**
   * Milliseconds from `nowMs`, counted from the run's start, to the end of its mode; nothing where too little is known, or
   * all that is left takes longer than usual already.
   */
  leftMs(nowMs: number): number | undefined {
    const rests = [...this.#running.values()].map((running) => this.#restMs(running, nowMs));
    const unstarted = this.#prompts - this.#ended - rests.length;
    const leftMs = Math.max(0, ...rests, unstarted > 0 ? this.#startedLaterMs(unstarted, rests) : 0);
    return leftMs > 0 ? leftMs : undefined;
  }

  #begin({ model, conversations }: EventOf<'run_start'>): void {
    this.#usual = this.#usualWith.get(model) ?? usual();
    this.#usualWith.set(model, this.#usual);
    for (const average of [...Object.values(this.#usual), ...this.#toolMs.values()]) average.fade();
    this.#prompts = conversations;
  }

  #startModel({ conversation, turn, atMs }: EventOf<'model_start'>): void {
    const running = this.#running.get(conversation);
    if (!running) return;
    if (running.turn > 0) this.#usual.betweenMs.add(atMs - running.sinceMs);
    this.#running.set(conversation, { turn, isWithModel: true, sinceMs: atMs, calls: new Map() });
  }

  #endModel({ conversation, tookMs, result, atMs }: EventOf<'model_end'>): void {
    if (!result.ok) return;
    this.#usual.modelMs.add(tookMs);
    const running = this.#running.get(conversation);
    if (!running) return;
    running.isWithModel = false;
    running.sinceMs = atMs;
    for (const { callId, name } of result.calls) {
      if (!running.calls.has(callId)) running.calls.set(callId, { name, startedAtMs: undefined });
    }
  }

  #endTool({ conversation, callId, name, tookMs, outcome, shared }: EventOf<'tool_end'>): void {
    this.#running.get(conversation)?.calls.set(callId, 'ended');
    if (outcome.kind !== 'ok' || shared) return;
    const average = this.#toolMs.get(name) ?? new Average();
    this.#toolMs.set(name, average);
    average.add(tookMs);
  }

  #endConversation({ conversation, parent, status, turns, tookMs }: EventOf<'conversation_end'>): void {
    if (parent !== undefined) return;
    this.#running.delete(conversation);
    this.#ended++;
    if (status === 'cancelled') return;
    this.#usual.turns.add(turns);
    this.#usual.conversationMs.add(tookMs);
  }

  /** The end of those that wait for a slot: whoever runs gives its own back when it has ended. */
  #startedLaterMs(unstarted: number, rests: readonly number[]): number {
    const free = new Array<number>(Math.max(0, this.#concurrency - rests.length)).fill(0);
    const slots = [...free, ...rests].sort((one, other) => one - other);
    const last = unstarted - 1;
    const { mean } = this.#usual.conversationMs;
    return (slots[last % slots.length] ?? 0) + (Math.floor(last / slots.length) + 1) * mean;
  }

  #restMs(running: Running, nowMs: number): number {
    const { conversationMs, turns, modelMs, betweenMs } = this.#usual;
    const goneMs = nowMs - running.sinceMs;
    if (running.turn === 0) return rest(conversationMs.mean, goneMs);
    const later = (count: number) => (count > 0 ? count * (betweenMs.mean + modelMs.mean) : 0);
    const turnsLeft = turns.mean - running.turn;
    if (running.isWithModel) return rest(modelMs.mean, goneMs) + later(turnsLeft);
    return this.#callsMs(running, nowMs) + modelMs.mean + later(turnsLeft - 1);
  }

  /** Until the model is asked again. */
  #callsMs({ calls, sinceMs }: Running, nowMs: number): number {
    const { mean } = this.#usual.betweenMs;
    const rests = [...calls.values()]
      .filter((call) => call !== 'ended')
      .map(({ name, startedAtMs = nowMs }) => {
        const toolMs = this.#toolMs.get(name)?.mean;
        return toolMs === undefined ? rest(mean, nowMs - sinceMs) : rest(toolMs, nowMs - startedAtMs);
      });
    if (rests.length === 0) return rest(mean, nowMs - sinceMs);
    return this.#inOrder ? rests.reduce((sum, ms) => sum + ms, 0) : Math.max(...rests);
  }
}

/** What a conversation does. */
interface Running {
  /** 0 before its first. */
  readonly turn: number;
  isWithModel: boolean;
  /** When it began to wait for the model, or for what comes between its responses. */
  sinceMs: number;
  /** The calls of the turn, by id. */
  readonly calls: Map<string, { readonly name: string; readonly startedAtMs: number | undefined } | 'ended'>;
}

/** What was usual; `betweenMs`: from the end of a model call to the start of the next. */
type Usual = Readonly<Record<'conversationMs' | 'turns' | 'modelMs' | 'betweenMs', Average>>;

function usual(): Usual {
  return {
    conversationMs: new Average(),
    turns: new Average(),
    modelMs: new Average(),
    betweenMs: new Average(),
  };
}

/** What takes longer than usual already is taken to end now. */
function rest(usualMs: number, goneMs: number): number {
  return Math.max(0, usualMs - goneMs);
}

/** How many of the run's own values those of earlier runs count for. */
const EARLIER_COUNT = 4;
/** From so many on, later values count more than earlier ones. */
const MOST_COUNT = 100;

class Average {
  /** Not a number while there is nothing to take it of. */
  mean = Number.NaN;
  #count = 0;

  add(value: number): void {
    this.#count = Math.min(this.#count + 1, MOST_COUNT);
    this.mean = this.#count === 1 ? value : this.mean + (value - this.mean) / this.#count;
  }

  /** What was added by now shall soon count less than what comes. */
  fade(): void {
    this.#count = Math.min(this.#count, EARLIER_COUNT);
  }
}
