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
 * Reads a stream to its end, whatever the library under it makes of aborts and silence: throws a `ModelError` `aborted`
 * when `caller` fires and `idle` when the server falls silent. Leaving early aborts the request.
 */
export async function* readWatched<T>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
  caller: AbortSignal,
  limits: StreamLimits,
): AsyncGenerator<T, void, void> {
  if (caller.aborted) throw abortedError(caller);
  const request = new AbortController();
  let stopped: ModelError | undefined;
  const stop = (error: ModelError) => {
    stopped ??= error;
    request.abort(error);
  };
  const onAbort = () => stop(abortedError(caller));
  caller.addEventListener('abort', onAbort, { once: true });
  const silence = new SilenceTimer(limits, stop);
  let ended = false;
  try {
    const stream = await open(request.signal);
    silence.begun();
    for await (const event of stream) {
      // A reader that takes its time is not a silent server.
      silence.pause();
      yield event;
      silence.resume();
    }
    ended = true;
  } catch (error) {
    throw stopped ?? error;
  } finally {
    silence.cancel();
    caller.removeEventListener('abort', onAbort);
    // Not after a good end: the connection may still be reading the last bytes, and can be used again.
    if (!ended) request.abort(OVER);
  }
  if (stopped) throw stopped;
}

/** Measures how long a stream has been waited for: one timer that is looked at when it fires, not one per event. */
class SilenceTimer {
  readonly #limits: StreamLimits;
  readonly #stop: (error: ModelError) => void;
  #limitMs: number;
  #waitingSinceMs: number;
  #waiting = true;
  #cancel: () => void;

  constructor(limits: StreamLimits, stop: (error: ModelError) => void) {
    this.#limits = limits;
    this.#stop = stop;
    this.#limitMs = limits.firstByteTimeoutMs;
    this.#waitingSinceMs = limits.clock.now();
    this.#cancel = this.#arm(this.#limitMs);
  }

  begun(): void {
    this.#limitMs = this.#limits.idleTimeoutMs;
    this.resume();
    this.#cancel();
    this.#cancel = this.#arm(this.#limitMs);
  }

  pause(): void {
    this.#waiting = false;
  }

  resume(): void {
    this.#waitingSinceMs = this.#limits.clock.now();
    this.#waiting = true;
  }

  cancel(): void {
    this.#cancel();
  }

  #arm(ms: number): () => void {
    return this.#limits.clock.after(Math.min(ms, LONGEST_WAIT_MS), () => this.#look());
  }

  #look(): void {
    const silentMs = this.#waiting ? this.#limits.clock.now() - this.#waitingSinceMs : 0;
    if (silentMs < this.#limitMs) this.#cancel = this.#arm(this.#limitMs - silentMs);
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
