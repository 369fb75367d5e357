import type { Heaped } from './heap.ts';
import { Heap } from './heap.ts';

/** One that waits in a fair queue. */
export interface FairEntry<T> extends Heaped {
  readonly who: T;
  /** How many came before it. */
  readonly number: number;
  readonly priority: number;
  readonly expectedMs: number;
  readonly sinceMs: number;
  /** Leaves the queue. */
  readonly leave: () => void;
}

/** What waits for one owner, with the one to go first always at hand. */
export class FairGroup<T> implements Heaped {
  readonly owner: string;
  at = 0;
  #running: number;
  /** By what makes its entries equal but for how long they have waited, so that the longest wait is always the first to end. */
  readonly #lanes = new Map<string, Heap<FairEntry<T>>>();
  #best: FairEntry<T> | undefined;
  #bestScore = 0;

  constructor(owner: string, running: number) {
    this.owner = owner;
    this.#running = running;
  }

  get best(): FairEntry<T> | undefined {
    return this.#best;
  }

  /** Adds an entry. The returned function, which may be called once, takes it out. */
  put(entry: FairEntry<T>): () => void {
    const name = `${entry.priority} ${entry.expectedMs}`;
    const lane = this.#lanes.get(name) ?? new Heap<FairEntry<T>>(waitsLonger);
    this.#lanes.set(name, lane);
    lane.add(entry);
    this.#consider(entry);
    return () => {
      lane.remove(entry);
      if (lane.best === undefined) this.#lanes.delete(name);
      this.#chooseBest();
    };
  }

  /** Takes note of how many calls its owner runs now. */
  recount(running: number): void {
    this.#running = running;
    this.#chooseBest();
  }

  /** Whether its best entry goes before the other's. */
  goesBefore(other: FairGroup<T>): boolean {
    if (!this.#best || !other.#best) return this.#best !== undefined;
    return goesFirst(this.#best, this.#bestScore, other.#best, other.#bestScore);
  }

  #chooseBest(): void {
    this.#best = undefined;
    for (const { best } of this.#lanes.values()) {
      if (best) this.#consider(best);
    }
  }

  #consider(entry: FairEntry<T>): void {
    // What time it is now would raise all scores alike, so that the wait's beginning says as much as its length.
    const score = entry.expectedMs / (1 + this.#running) - entry.sinceMs;
    if (this.#best && !goesFirst(entry, score, this.#best, this.#bestScore)) return;
    this.#best = entry;
    this.#bestScore = score;
  }
}

function waitsLonger(a: FairEntry<unknown>, b: FairEntry<unknown>): boolean {
  return a.sinceMs === b.sinceMs ? a.number < b.number : a.sinceMs < b.sinceMs;
}

function goesFirst(a: FairEntry<unknown>, aScore: number, b: FairEntry<unknown>, bScore: number): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return aScore === bScore ? a.number < b.number : aScore > bScore;
}
