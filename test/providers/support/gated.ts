import type { ModelErrorCode, ModelEvent, ModelRequest, ModelSession } from '../../../src/contract/model.ts';
import { ModelError, NO_USAGE } from '../../../src/contract/model.ts';
import type { LimitChange } from '../../../src/providers/gate/found-limit.ts';
import type { GateOptions, OutageChange } from '../../../src/providers/gate/gate.ts';
import { Gate } from '../../../src/providers/gate/gate.ts';
import { retrying } from '../../../src/providers/retrying.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ask } from './open-model.ts';

/** What a scripted server makes of its n-th request, from 1: fails by throwing, else says how many tokens it wrote. */
export type Serve = (n: number, request: ModelRequest, signal: AbortSignal) => Promise<number | undefined>;

/** What became of a response: its events, the error if it failed, and when it was over. */
export interface Outcome {
  readonly name: string;
  readonly events: readonly ModelEvent[];
  readonly error: unknown;
  readonly atMs: number;
}

type Options = Partial<Omit<GateOptions, 'clock'>> & { readonly maxAttempts?: number };

/** A scripted server behind a gate, on a clock that stands still, and a record of all that happened. */
export class Gated {
  readonly clock = new FakeClock();
  readonly askedAt: number[] = [];
  readonly askedBy: string[] = [];
  readonly changes: LimitChange[] = [];
  readonly outages: OutageChange[] = [];
  readonly down: string[] = [];
  readonly outcomes: Outcome[] = [];
  readonly gate: Gate;
  running = 0;
  mostRunning = 0;
  readonly #session: ModelSession;

  constructor(serve: Serve, options: Options = {}) {
    const all: GateOptions = {
      modelId: 'test/m',
      clock: this.clock,
      adaptive: true,
      maxRetryWaitMs: 600_000,
      onLimit: (change) => this.changes.push(change),
      onOutage: (change) => this.outages.push(change),
      onDown: (problem) => this.down.push(problem),
      ...options,
    };
    this.gate = new Gate(all);
    const inner = { respond: this.#respond.bind(this, serve), async [Symbol.asyncDispose]() {} };
    this.#session = retrying(inner, this.gate, { ...all, random: () => 0, maxAttempts: options.maxAttempts ?? 6 });
  }

  /** The values of the adaptive limit, with the reason for each. */
  get limits(): readonly string[] {
    return this.changes.map(({ limit, reason }) => `${limit} ${reason}`);
  }

  /** Asks for one response; all that becomes of it is in `outcomes`. */
  async ask(name: string, signal: AbortSignal = new AbortController().signal, text = name): Promise<void> {
    const events: ModelEvent[] = [];
    let error: unknown;
    try {
      for await (const event of this.#session.respond(ask(text, { instructions: name }), signal)) events.push(event);
    } catch (thrown) {
      error = thrown;
    }
    this.outcomes.push({ name, events, error, atMs: this.clock.now() });
  }

  /** Asks for `count` responses at once. */
  askMany(count: number): void {
    for (let index = 0; index < count; index++) void this.ask(`${index}`);
  }

  async *#respond(serve: Serve, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    this.askedAt.push(this.clock.now());
    this.askedBy.push(request.instructions);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      const outputTokens = (await serve(this.askedAt.length, request, signal)) ?? 1;
      yield { kind: 'end', stop: 'done', text: 'ok', usage: { ...NO_USAGE, inputTokens: 1, outputTokens } };
    } finally {
      this.running -= 1;
    }
  }
}

/** A failure of that kind. */
export function failing(code: ModelErrorCode, details: ConstructorParameters<typeof ModelError>[2] = {}): ModelError {
  return new ModelError(code, `It is ${code}.`, details);
}

/** Headers as a server sends them. */
export function rateHeaders(fields: Readonly<Record<string, string>>) {
  return { get: (name: string) => fields[`${name.replace('x-ratelimit-', '')}`] ?? null };
}
