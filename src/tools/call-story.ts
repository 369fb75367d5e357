import type { Clock } from '../contract/clock.ts';
import type { Emit, WaitReason, Waits } from '../contract/event.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { ToolEffect, TurnContext } from '../contract/tool.ts';

/** Whose result a call was answered with. */
export interface SharedResult {
  readonly conversation: string;
  readonly callId: string;
  readonly savedMs: number;
}

/** Tells the events of one call: one start, retries, one end, with what it waited for. */
export class CallStory {
  /** When the call was asked for, by the clock. */
  readonly askedAtMs: number;
  readonly #call: ToolCall;
  readonly #context: Pick<TurnContext, 'conversation' | 'turn'> & { readonly eager: boolean };
  readonly #clock: Clock;
  readonly #emit: Emit;
  #waits: Partial<Record<WaitReason, number>> = {};
  #waitedMs = 0;
  #startedAt: number | undefined;
  #ended = false;
  #shared: SharedResult | undefined;
  #kept: { readonly outcome: ToolOutcome; readonly fullOutput: JsonValue } | undefined;

  constructor(
    call: ToolCall,
    context: Pick<TurnContext, 'conversation' | 'turn'> & { readonly eager: boolean },
    { clock, emit }: { readonly clock: Clock; readonly emit: Emit },
  ) {
    this.askedAtMs = clock.now();
    this.#call = call;
    this.#context = context;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Waits for something and remembers how long it took. */
  async waiting<T>(reason: WaitReason, wait: Promise<T>): Promise<T> {
    const since = this.#clock.now();
    try {
      return await wait;
    } finally {
      const ms = this.#clock.now() - since;
      if (ms > 0) {
        this.#waits[reason] = (this.#waits[reason] ?? 0) + ms;
        this.#waitedMs += ms;
      }
    }
  }

  /** The tool starts for this call, or its answer is waited for. Only the first time is told. */
  start(effect?: ToolEffect): void {
    if (this.#startedAt !== undefined || this.#ended) return;
    this.#startedAt = this.#clock.now();
    const { conversation, turn, eager } = this.#context;
    const { callId, name, argumentsText } = this.#call;
    const { waits, waitedMs: queuedMs } = this.#takeWaits();
    const known = effect === undefined ? {} : { effect };
    this.#emit({
      kind: 'tool_start',
      conversation,
      turn,
      callId,
      name,
      argumentsText,
      ...known,
      eager,
      queuedMs,
      waits,
    });
  }

  /** An attempt failed and is made again after `waitMs`. */
  retry(attempt: number, waitMs: number, message: string): void {
    if (this.#ended) return;
    const { conversation, turn } = this.#context;
    const { callId, name } = this.#call;
    this.#emit({ kind: 'tool_retry', conversation, turn, callId, name, attempt, waitMs, message });
  }

  /** The outcome is that of another call. */
  share(shared: SharedResult): void {
    this.#shared = shared;
  }

  /** What came of the tool, beyond what this outcome says of it: told if the call ends with that very outcome. */
  keep(outcome: ToolOutcome, fullOutput: JsonValue): void {
    if (!this.#ended) this.#kept = { outcome, fullOutput };
  }

  /** The call has its outcome; told if its start was. Returns how long the tool ran for this call, if it did. */
  end(outcome: ToolOutcome): number | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    if (this.#startedAt === undefined) return undefined;
    const { conversation, turn } = this.#context;
    const { callId, name } = this.#call;
    const { waits, waitedMs } = this.#takeWaits();
    const tookMs = this.#shared ? 0 : this.#clock.now() - this.#startedAt - waitedMs;
    const shared = this.#shared ? { shared: this.#shared } : {};
    const full = this.#kept?.outcome === outcome ? { fullOutput: this.#kept.fullOutput } : {};
    this.#kept = undefined;
    this.#emit({ kind: 'tool_end', conversation, turn, callId, name, tookMs, waits, outcome, ...full, ...shared });
    return this.#shared ? undefined : tookMs;
  }

  #takeWaits(): { readonly waits: Waits; readonly waitedMs: number } {
    const taken = { waits: this.#waits, waitedMs: this.#waitedMs };
    this.#waits = {};
    this.#waitedMs = 0;
    return taken;
  }
}
