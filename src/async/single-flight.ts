import { onAbort } from './on-abort.ts';

/** What a flight brought, and whether this caller was the one who set it off. */
export interface Landing<T> {
  readonly value: T;
  readonly led: boolean;
}

interface Flight<T> {
  readonly abort: AbortController;
  readonly waiters: Set<Waiter<T>>;
}

interface Waiter<T> {
  readonly succeed: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

/** Lets callers who want the same thing at the same time have it done once. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Joins the flight under this key, or sets one off with `work`. Each caller's own signal rejects that caller alone,
   * with its reason: the work goes on for the others, whoever set it off, and its signal fires only when the last of
   * them has gone. A failure fails all who wait; nothing is kept of a flight that is over.
   */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Landing<T>> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Landing<T>>();
    const joined = this.#flights.get(key);
    const flight = joined ?? { abort: new AbortController(), waiters: new Set() };
    const led = joined === undefined;
    const waiter: Waiter<T> = {
      succeed: (value) => {
        stopListening();
        resolve({ value, led });
      },
      fail: (error) => {
        stopListening();
        reject(error);
      },
    };
    const stopListening = onAbort(signal, () => {
      reject(signal.reason);
      this.#leave(key, flight, waiter, signal.reason);
    });
    flight.waiters.add(waiter);
    if (led) this.#start(key, flight, work);
    return promise;
  }

  #start(key: string, flight: Flight<T>, work: (signal: AbortSignal) => Promise<T>): void {
    this.#flights.set(key, flight);
    const land = (tell: (waiter: Waiter<T>) => void) => {
      this.#forget(key, flight);
      for (const waiter of flight.waiters) tell(waiter);
      flight.waiters.clear();
    };
    const result = (async () => work(flight.abort.signal))();
    result.then(
      (value) => land((waiter) => waiter.succeed(value)),
      (error) => land((waiter) => waiter.fail(error)),
    );
  }

  #leave(key: string, flight: Flight<T>, waiter: Waiter<T>, reason: unknown): void {
    flight.waiters.delete(waiter);
    if (flight.waiters.size > 0) return;
    // Before the abort: whoever asks from now on must not join a flight that is being called off.
    this.#forget(key, flight);
    flight.abort.abort(reason);
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
