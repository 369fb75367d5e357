import type { Clock } from '../contract/clock.ts';
import type { Heaped } from './heap.ts';
import { Heap } from './heap.ts';
import { onAbort } from './on-abort.ts';

interface Timer extends Heaped {
  readonly dueAtMs: number;
  readonly number: number;
  readonly goOff: () => void;
}

/** A wait so short could be lost in the sum with the time, and would then never end. */
const FINEST_MS = 0.001;

/**
 * A clock for work that is only simulated: time stands still while anything can go on, and then leaps to whatever is
 * waited for next. Work itself takes no time by it. What comes from files is waited for; what comes from elsewhere (a
 * thread, another process, the network) is not, so that nothing of the kind may happen meanwhile.
 */
export class VirtualClock implements Clock {
  readonly #startedAt = Date.now();
  /** The earliest first; those that are due at the same time in the order in which they were set. */
  readonly #timers = new Heap<Timer>((a, b) => (a.dueAtMs === b.dueAtMs ? a.number < b.number : a.dueAtMs < b.dueAtMs));
  #nowMs = 0;
  #timersSet = 0;
  #isLooking = false;

  now(): number {
    return this.#nowMs;
  }

  /** The machine's time when this clock was made, and what has passed by it since. */
  date(): Date {
    return new Date(this.#startedAt + this.#nowMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let stopListening = () => {};
    const cancel = this.after(ms, () => {
      stopListening();
      resolve();
    });
    if (signal) {
      stopListening = onAbort(signal, () => {
        cancel();
        reject(signal.reason);
      });
    }
    return promise;
  }

  after(ms: number, callback: () => void): () => void {
    let isSet = true;
    this.#timersSet += 1;
    const timer: Timer = {
      at: 0,
      dueAtMs: this.#dueAtMs(ms),
      number: this.#timersSet,
      goOff: () => {
        isSet = false;
        callback();
      },
    };
    this.#timers.add(timer);
    this.#lookOut();
    return () => {
      if (isSet) this.#timers.remove(timer);
      isSet = false;
    };
  }

  #dueAtMs(ms: number): number {
    if (ms <= 0) return this.#nowMs;
    return Math.max(this.#nowMs + FINEST_MS, Math.round((this.#nowMs + ms) * 1000) / 1000);
  }

  /** Looks once all that can go on has done so, and again for as long as anybody waits. */
  #lookOut(): void {
    if (this.#isLooking || !this.#timers.best) return;
    this.#isLooking = true;
    looking += 1;
    setImmediate(() => {
      looking -= 1;
      this.#isLooking = false;
      if (!somethingGoesOn()) this.#leap();
      this.#lookOut();
    });
  }

  #leap(): void {
    const { dueAtMs = this.#nowMs } = this.#timers.best ?? {};
    this.#nowMs = Math.max(this.#nowMs, dueAtMs);
    for (let next = this.#timers.best; next && next.dueAtMs <= this.#nowMs; next = this.#timers.best) {
      this.#timers.remove(next);
      next.goOff();
    }
  }
}

/** How many clocks wait for their turn to look. */
let looking = 0;

/** Promises have gone on by themselves by now; files may still be read, and callbacks be due in this turn of the loop. */
function somethingGoesOn(): boolean {
  const resources = process.getActiveResourcesInfo();
  const due = resources.filter((resource) => resource === 'Immediate').length;
  return due > looking || resources.some((resource) => /req/i.test(resource));
}
