import { Pace } from '../../async/pace.ts';
import { WaitingLine } from '../../async/waiting-line.ts';
import type { Taken } from '../../async/window-budget.ts';
import type { AttemptWait, ModelRequest, Usage } from '../../contract/model.ts';
import { ModelError } from '../../contract/model.ts';
import type { HeaderLookup } from '../wire/retry-after.ts';
import { LONGEST_WAIT_MS } from '../wire/stream-watch.ts';
import { Circuit } from './circuit.ts';
import type { ClosingOptions } from './closing.ts';
import { Closing } from './closing.ts';
import { isAnswer, isPassing, providerDown } from './failures.ts';
import type { FoundLimitOptions } from './found-limit.ts';
import { FoundLimit } from './found-limit.ts';
import type { RateOptions } from './rates.ts';
import { Rates } from './rates.ts';
import type { Sent } from './server-allowance.ts';

/** So much fails that the provider is only probed from now on; or a probe was answered, and that is over. */
export interface OutageChange {
  /** `provider/name`. */
  readonly model: string;
  readonly isOver: boolean;
}

/** What a gate is made with. */
export interface GateOptions extends RateOptions, ClosingOptions, FoundLimitOptions {
  readonly onOutage?: (change: OutageChange) => void;
}

/** An attempt that was let through. */
export interface Pass {
  /** How long it had to wait for that. */
  readonly waitedMs: number;
  /** Sent to find out whether the provider answers again. */
  readonly isProbe: boolean;
  readonly number: number;
  readonly taken: Taken | undefined;
}

/** What became of an attempt. `left`: nobody wanted to know. */
export type AttemptEnd =
  | { readonly kind: 'succeeded'; readonly usage: Usage }
  /** `retryMs`: how long until it is made again, if it is. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly retryMs: number | undefined }
  | { readonly kind: 'left' };

/** How an attempt is to be let through. */
export interface Entry {
  /** The first one at its response: later ones go before it. */
  readonly isFirst: boolean;
  /** How long nothing must have been started before. */
  readonly apartMs: number;
  readonly signal: AbortSignal;
}

interface Coming extends Entry {
  readonly tokens: number;
  /** Since when it waits, if it could not be let through at once. */
  sinceMs: number | undefined;
}

interface Waiting extends Coming {
  readonly go: (pass: Pass) => void;
}

/**
 * What all requests to one model go through. It holds them to the rates that were set and that the server tells, to as
 * many at once as the provider is found to take, and to the waits that the server asks for; and it turns all of them
 * away once there is nothing to be had. Those that wait go in the order in which they came, retries before others.
 */
export class Gate {
  readonly #options: GateOptions;
  #limit: FoundLimit;
  #pace: Pace;
  readonly #rates: Rates;
  readonly #circuit: Circuit;
  readonly #closing: Closing;
  readonly #retries = new WaitingLine<Waiting>();
  readonly #others = new WaitingLine<Waiting>();
  #waiting = 0;
  #pausing = 0;
  #running = 0;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #lastFailure: ModelError | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#limit = new FoundLimit(options);
    this.#pace = new Pace(options.clock);
    this.#rates = new Rates(options);
    this.#circuit = new Circuit(options.clock);
    this.#closing = new Closing(options);
  }

  /** What an attempt would wait for that has to. */
  get waitReason(): AttemptWait {
    return this.#circuit.isOpen ? 'outage' : 'rate';
  }

  /**
   * Lets an attempt through that has nothing to wait for; otherwise it has to `enter`. `end` is to be called for it
   * exactly once.
   *
   * @throws {ModelError} as `enter` does
   */
  enterNow(request: ModelRequest, entry: Entry): Pass | undefined {
    this.#closing.throwIfClosed(entry.signal);
    const first = this.#retries.first ?? (entry.isFirst ? this.#others.first : undefined);
    if (first) return undefined;
    const coming = { ...entry, tokens: this.#rates.estimate(request), sinceMs: undefined };
    return this.#holdMs(coming) > 0 ? undefined : this.#start(coming);
  }

  /**
   * Lets an attempt through as soon as it may; `end` is to be called for it exactly once.
   *
   * @throws {ModelError} that says why there is nothing to be had; `aborted` if the signal fires while it waits
   */
  enter(request: ModelRequest, entry: Entry): Promise<Pass> {
    const tokens = this.#rates.estimate(request);
    const sinceMs = this.#options.clock.now();
    return this.#closing.unlessClosed(entry.signal, (resolve) => {
      let waits = true;
      const waiting: Waiting = {
        ...entry,
        tokens,
        sinceMs: undefined,
        go: (pass) => {
          stop();
          resolve(pass);
        },
      };
      const leave = (entry.isFirst ? this.#others : this.#retries).join(waiting);
      const stop = () => {
        if (waits) this.#waiting -= 1;
        waits = false;
        leave();
      };
      this.#waiting += 1;
      this.#admit();
      waiting.sinceMs = sinceMs;
      return () => {
        stop();
        this.#admit();
      };
    });
  }

  /** An attempt is over: takes from it what it means for all others. */
  end(pass: Pass, end: AttemptEnd): void {
    if (end.kind === 'succeeded') this.#succeeded(pass, end.usage);
    else if (end.kind === 'failed' && end.error instanceof ModelError) this.#failed(pass, end.error, end.retryMs);
    this.#running -= 1;
    this.#admit();
  }

  /** Lets so much time pass; throws as `enter` does. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.#closing.unlessClosed(signal, (resolve) => {
      const waking = new AbortController();
      const over = () => {
        this.#pausing -= 1;
      };
      this.#pausing += 1;
      this.#options.clock
        .sleep(ms, waking.signal)
        .then(resolve, () => {})
        .finally(over);
      return () => waking.abort();
    });
  }

  /** Forgets what was found out by trying; rates hold on, and so does what the server says of them. */
  findOutAnew(): void {
    this.#limit = new FoundLimit(this.#options);
    this.#pace = new Pace(this.#options.clock);
  }

  /** A request is sent: what is returned here is wanted again with its response. */
  send(): Sent {
    return this.#rates.server.send();
  }

  /** The response to what was `sent` begins. */
  hear(sent: Sent, response: { readonly ok: boolean; readonly headers: HeaderLookup }): void {
    const { server } = this.#rates;
    server.learn(sent, response.headers);
    const next = this.#next;
    if (!next) return;
    const room = response.ok ? server.room(next.tokens) : undefined;
    if (room !== undefined) this.#limit.offer(this.#running + Math.min(room, this.#waiting));
    this.#admit();
  }

  get #next(): Waiting | undefined {
    return this.#retries.first ?? this.#others.first;
  }

  #admit(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#waiting + this.#pausing === 0) this.#pace.measure();
    for (let next = this.#next; next && !this.#closing.error; next = this.#next) {
      const holdMs = this.#holdMs(next);
      if (holdMs > 0) {
        this.#hold(holdMs);
        return;
      }
      next.go(this.#start(next));
    }
  }

  /** How long the next one still has to wait; for ever if that is not a matter of time. */
  #holdMs({ tokens, apartMs, isFirst }: Coming): number {
    if (this.#limit.isReached(this.#running)) return Number.POSITIVE_INFINITY;
    const apartForMs = this.#startedAtMs + apartMs - this.#options.clock.now();
    return Math.max(
      apartForMs,
      this.#closing.quietMs(isFirst),
      this.#circuit.holdMs,
      this.#pace.waitMs,
      this.#rates.waitMs(tokens),
    );
  }

  #hold(holdMs: number): void {
    const ms = Math.min(holdMs, this.#circuit.leftMs);
    if (ms <= 0) this.#giveUp();
    else if (ms < Number.POSITIVE_INFINITY) {
      // A fraction of a millisecond could be lost in the sum with the time, and the wait would never end.
      const wholeMs = Math.min(Math.ceil(ms), LONGEST_WAIT_MS);
      this.#cancelTimer = this.#options.clock.after(wholeMs, () => this.#admit());
    }
  }

  #start({ tokens, isFirst, sinceMs }: Coming): Pass {
    const number = this.#limit.start();
    this.#running += 1;
    this.#startedAtMs = this.#options.clock.now();
    this.#pace.start();
    return {
      waitedMs: sinceMs === undefined ? 0 : this.#startedAtMs - sinceMs,
      isProbe: this.#circuit.start(isFirst),
      number,
      taken: this.#rates.take(tokens),
    };
  }

  #succeeded({ taken, isProbe }: Pass, usage: Usage): void {
    this.#rates.correct(taken, usage);
    if (isProbe) this.#answered();
    this.#pace.succeeded();
    this.#limit.succeeded(this.#running);
  }

  #failed({ taken, isProbe, number }: Pass, error: ModelError, retryMs: number | undefined): void {
    if (error.code === 'rate_limited') {
      this.#rates.giveBack(taken);
      if (this.#limit.refused(number, this.#running)) this.#slowDown(error.retryAfterMs, retryMs);
    } else if (isPassing(error) && !isAnswer(error)) {
      this.#limit.failed();
      this.#pace.failed();
    }
    this.#closing.failed(error);
    if (isPassing(error)) this.#lastFailure = error;
    if (retryMs !== undefined && this.#circuit.retry()) this.#tellOutage(false);
    if (!isProbe) return;
    if (isAnswer(error)) this.#answered();
    else if (this.#circuit.leftMs <= 0) this.#giveUp();
  }

  /** The server takes no more for now; where it often says so, nobody asks until the one who was refused does again. */
  #slowDown(askedMs: number | undefined, retryMs: number | undefined): void {
    if (this.#options.adaptive && this.#pace.refused(askedMs || retryMs)) this.#closing.quietFor(retryMs ?? 0);
  }

  #answered(): void {
    if (this.#circuit.answered()) this.#tellOutage(true);
  }

  #tellOutage(isOver: boolean): void {
    this.#options.onOutage?.({ model: this.#options.modelId, isOver });
  }

  #giveUp(): void {
    this.#closing.close(providerDown(this.#options.modelId, this.#lastFailure));
  }
}
