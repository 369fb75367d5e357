import type { QueueAddOptions } from 'p-queue';
import PQueue from 'p-queue';
import type { FairPlace, FairQueueClass } from '../async/fair-queue.ts';
import { fairQueueClass } from '../async/fair-queue.ts';
import { onAbort } from '../async/on-abort.ts';
import type { Clock } from '../contract/clock.ts';

/** A number of places to run in. Who waits is let in by priority, then so that the run ends soon and nobody starves. */
export class Slots {
  readonly #fair: FairQueueClass;
  readonly #queue;

  constructor(concurrency: number, clock: Clock) {
    this.#fair = fairQueueClass(clock);
    this.#queue = new PQueue<InstanceType<FairQueueClass>, QueueAddOptions & FairPlace>({
      concurrency,
      queueClass: this.#fair,
    });
  }

  /** Resolves when a place is free with what gives it back; rejects with the signal's reason if that comes first. */
  async take(place: FairPlace & { readonly owner: string }, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const granted = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const stopListening = onAbort(signal, () => {
      held.resolve();
      granted.reject(signal.reason);
    });
    const hold = this.#fair.counted(place.owner, () => {
      granted.resolve();
      return held.promise;
    });
    void this.#queue.add(hold, place);
    try {
      await granted.promise;
    } finally {
      stopListening();
    }
    return held.resolve;
  }
}
