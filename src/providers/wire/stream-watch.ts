import type { Clock } from '../../contract/clock.ts';
import { ModelError } from '../../contract/model.ts';

/** How long a server may be silent: `firstByteTimeoutMs` until its response begins, `idleTimeoutMs` from then on. */
export interface StreamLimits {
  readonly clock: Clock;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** What a request that was left early is aborted with. */
const OVER = new Error('The response is no longer read.');

/** The longest that Node's timers can wait. */
export const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * Watches over one request: aborts it when its caller no longer wants it, and when the server has been silent for too long.
 * One timer is looked at when it fires, not one per event.
 */
export class StreamWatch {
  readonly #caller: AbortSignal;
  readonly #limits: StreamLimits;
  readonly #request = new AbortController();
  readonly #onAbort = () => this.#stop(abortedError(this.#caller));
  #stopped: ModelError | undefined;
  #hasEnded = false;
  #limitMs: number;
  #waitingSinceMs: number;
  #isWaiting = true;
  #looksAtMs = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  /** @throws {ModelError} `aborted` if the caller has left already */
  constructor(caller: AbortSignal, limits: StreamLimits) {
    if (caller.aborted) throw abortedError(caller);
    this.#caller = caller;
    this.#limits = limits;
    this.#limitMs = limits.firstByteTimeoutMs;
    this.#waitingSinceMs = limits.clock.now();
    caller.addEventListener('abort', this.#onAbort, { once: true });
    this.#lookAfter(this.#limitMs);
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** Why the request was aborted, if it was. */
  get stopped(): ModelError | undefined {
    return this.#stopped;
  }

  /** The response begins. */
  begun(): void {
    this.#limitMs = this.#limits.idleTimeoutMs;
    this.resume();
    if (this.#waitingSinceMs + this.#limitMs < this.#looksAtMs) this.#lookAfter(this.#limitMs);
  }

  /** What came is being looked at: a reader that takes its time is not a silent server. */
  pause(): void {
    this.#isWaiting = false;
  }

  /** More is waited for. */
  resume(): void {
    this.#waitingSinceMs = this.#limits.clock.now();
    this.#isWaiting = true;
  }

  /** The response has come to its end; throws what it was stopped for, if it was. */
  end(): void {
    if (this.#stopped) throw this.#stopped;
    this.#hasEnded = true;
  }

  /** Nothing more is wanted. Does not abort after a good end: the connection may still read the last bytes, and is used again. */
  close(): void {
    this.#cancel();
    this.#caller.removeEventListener('abort', this.#onAbort);
    if (!this.#hasEnded) this.#request.abort(OVER);
  }

  #stop(error: ModelError): void {
    this.#stopped ??= error;
    this.#request.abort(error);
  }

  #lookAfter(ms: number): void {
    this.#cancel();
    this.#looksAtMs = this.#limits.clock.now() + ms;
    this.#cancel = this.#limits.clock.after(Math.min(ms, LONGEST_WAIT_MS), () => this.#look());
  }

  #look(): void {
    const silentMs = this.#isWaiting ? this.#limits.clock.now() - this.#waitingSinceMs : 0;
    if (silentMs < this.#limitMs) this.#lookAfter(this.#limitMs - silentMs);
    else this.#stop(new ModelError('idle', `The server sent nothing for ${this.#limitMs / 1000} s.`));
  }
}

/** The error of a response that its caller no longer wants. */
export function abortedError(signal: AbortSignal): ModelError {
  return new ModelError('aborted', 'The response was aborted.', { cause: signal.reason });
}

/** Whether a response ended because its caller no longer wanted it. */
export function isAborted(error: unknown): boolean {
  return error instanceof ModelError && error.code === 'aborted';
}
