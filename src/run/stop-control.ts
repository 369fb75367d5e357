import type { Clock } from '../contract/clock.ts';

/** Why a run ended early. */
export interface StopCause {
  /** A signal's name, `fail-fast`, or what went wrong. */
  readonly reason: string;
  /** What the process exits with on that account. */
  readonly exitCode: number;
}

/** How a run is ended early: first nothing new starts, then what runs is aborted. */
export class StopControl {
  readonly #stopping = new AbortController();
  readonly #now = new AbortController();
  readonly #clock: Clock;
  #cause: StopCause | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Fires when nothing new may start. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Fires when what runs must end. */
  get signal(): AbortSignal {
    return this.#now.signal;
  }

  /** What ended the run early: the first thing that did. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  /** Starts nothing new, and aborts what still runs after `graceMs`. */
  drain(cause: StopCause, graceMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#cause = cause;
    this.#stopping.abort();
    const cancel = this.#clock.after(graceMs, () => this.abort(cause));
    this.#now.signal.addEventListener('abort', cancel, { once: true });
  }

  /** Aborts everything. */
  abort(cause: StopCause): void {
    this.#cause ??= cause;
    this.#stopping.abort();
    this.#now.abort();
  }
}
