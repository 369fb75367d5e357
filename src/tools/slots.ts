import type { FairPlace } from '../async/fair-queue.ts';
import { FairQueue } from '../async/fair-queue.ts';
import { onAbort } from '../async/on-abort.ts';

/** Gives a slot back; to be called once. */
export type LeaveSlot = () => void;

/** A number of slots to run in. Who waits is let in by priority, then so that the run ends soon and nobody starves. */
export class Slots {
  /** Told to take a slot that has become free. Nobody waits while one is. */
  readonly #waiting = new FairQueue<() => void>();
  #free: number;

  constructor(capacity: number) {
    this.#free = capacity;
  }

  /** Takes a slot, at once or as soon as one is free. Rejects with the signal's reason if that comes first. */
  take(place: FairPlace, signal: AbortSignal): LeaveSlot | Promise<LeaveSlot> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) return this.#hold(place.owner);
    const { promise, resolve, reject } = Promise.withResolvers<LeaveSlot>();
    const enter = () => {
      stopListening();
      resolve(this.#hold(place.owner));
    };
    const leaveLine = this.#waiting.join(enter, place);
    const stopListening = onAbort(signal, () => {
      leaveLine();
      reject(signal.reason);
    });
    return promise;
  }

  #hold(owner: string): LeaveSlot {
    this.#free -= 1;
    this.#waiting.count(owner, 1);
    return () => {
      this.#free += 1;
      this.#waiting.count(owner, -1);
      this.#waiting.next()?.();
    };
  }
}
