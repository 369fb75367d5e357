import { FairGroup } from './fair-group.ts';
import { Heap } from './heap.ts';

/** What decides when the turn of one that waits comes. */
export interface FairPlace {
  /** Who it is for. An owner goes later the more it already runs. */
  readonly owner: string;
  /** When its wait began, in milliseconds of one clock: may be long before it came here. */
  readonly sinceMs: number;
  /** Higher goes first, always; default 0. */
  readonly priority?: number | undefined;
  /** How long the rest of its work is expected to take, in milliseconds: long remaining paths go first; default 0. */
  readonly expectedMs?: number;
}

/**
 * A line in which the next is one of the highest priority with the best score: its `expectedMs`, divided by one more
 * than what its owner runs, plus the milliseconds it has waited. So nobody starves, since the wait always grows. Equal
 * scores go in order of arrival.
 */
export class FairQueue<T> {
  readonly #running = new Map<string, number>();
  readonly #groups = new Heap<FairGroup<T>>((a, b) => a.goesBefore(b));
  readonly #groupByOwner = new Map<string, FairGroup<T>>();
  #arrived = 0;

  /**
   * Stands in line. The returned function leaves it; calling that again, or after the turn has come, does nothing.
   *
   * @throws {RangeError} when the expectation is no length of time
   */
  join(who: T, { owner, sinceMs, priority = 0, expectedMs = 0 }: FairPlace): () => void {
    if (!Number.isFinite(expectedMs) || expectedMs < 0) {
      throw new RangeError(`Cannot queue work that is expected to take ${expectedMs} ms: it must be 0 or more.`);
    }
    const known = this.#groupByOwner.get(owner);
    const group = known ?? new FairGroup<T>(owner, this.#running.get(owner) ?? 0);
    let waits = true;
    const leave = () => {
      if (!waits) return;
      waits = false;
      leaveGroup();
      if (group.best) this.#groups.update(group);
      else this.#remove(group);
    };
    const entry = { who, number: this.#arrived, priority, expectedMs, sinceMs, leave, at: 0 };
    this.#arrived += 1;
    const leaveGroup = group.put(entry);
    if (known) this.#groups.update(group);
    else this.#add(group);
    return leave;
  }

  /** Takes out the one whose turn it is. */
  next(): T | undefined {
    const first = this.#groups.best?.best;
    first?.leave();
    return first?.who;
  }

  /** Takes note that the owner runs one more, or one less. */
  count(owner: string, change: 1 | -1): void {
    const running = (this.#running.get(owner) ?? 0) + change;
    if (running === 0) this.#running.delete(owner);
    else this.#running.set(owner, running);
    const group = this.#groupByOwner.get(owner);
    if (!group) return;
    group.recount(running);
    this.#groups.update(group);
  }

  #add(group: FairGroup<T>): void {
    this.#groups.add(group);
    this.#groupByOwner.set(group.owner, group);
  }

  #remove(group: FairGroup<T>): void {
    this.#groups.remove(group);
    this.#groupByOwner.delete(group.owner);
  }
}
