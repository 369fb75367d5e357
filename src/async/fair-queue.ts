import type { Clock } from '../contract/clock.ts';
import type { FairEntry, GroupPlace } from './fair-group.ts';
import { FairGroup } from './fair-group.ts';
import { Heap } from './heap.ts';
import { RunningCalls } from './running-calls.ts';

/** What decides when a waiting entry's turn comes. */
export interface FairPlace {
  /** Higher goes first, always; default 0. */
  readonly priority?: number;
  /** Who it is for. An owner goes later the more it already runs; an entry without one is nobody's. */
  readonly owner?: string;
  /** How long the rest of its work is expected to take, in milliseconds: long remaining paths go first; default 0. */
  readonly expectedMs?: number;
}

/** What `enqueue` is told: the place, and the name under which the entry can be found again while it waits. */
export type FairEntryOptions = { readonly [Key in keyof FairPlace]: FairPlace[Key] | undefined } & {
  readonly id?: string | undefined;
};

/** A class of queues, as a queue of promises takes it. It serves one such queue. */
export interface FairQueueClass {
  new (): FairQueue;
  /** The work, counted as its owner's while it runs: to be given to the queue of promises in the work's stead. Nobody's work is not counted. */
  counted<A extends readonly unknown[], R>(
    owner: string | undefined,
    work: (...args: A) => R,
  ): (...args: A) => Promise<Awaited<R>>;
}

/**
 * Makes a `queueClass` for p-queue that is fair between owners. What its owners run is known to the class and not to
 * its instances, since p-queue makes a new one when it is cleared. The counting is part of the work and not of the
 * queue, since p-queue asks for the next entry before it lets the last one be seen to have ended.
 */
export function fairQueueClass(clock: Clock): FairQueueClass {
  const running = new RunningCalls();
  return class extends FairQueue {
    static counted<A extends readonly unknown[], R>(owner: string | undefined, work: (...args: A) => R) {
      return running.counted(owner, work);
    }

    constructor() {
      super(clock, running);
    }
  };
}

/**
 * Waiting entries, of which the next is one of the highest priority with the best score: its `expectedMs`, divided by
 * one more than what its owner runs, plus the milliseconds it has waited. So nobody starves, since the wait always
 * grows. Equal scores go in order of arrival.
 */
export class FairQueue {
  readonly #clock: Clock;
  readonly #running: RunningCalls;
  readonly #groups = new Heap<FairGroup>((a, b) => a.goesBefore(b));
  readonly #groupByOwner = new Map<string, FairGroup>();
  readonly #placeById = new Map<string, GroupPlace>();
  #arrived = 0;
  #size = 0;

  constructor(clock: Clock, running: RunningCalls) {
    this.#clock = clock;
    this.#running = running;
    running.tell((owner) => this.#recount(owner));
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** @throws when the id is one of an entry that waits, or the expectation is no length of time. */
  enqueue(run: FairEntry['run'], options: FairEntryOptions = {}): void {
    const { id, owner, priority = 0, expectedMs = 0 } = options;
    if (!Number.isFinite(expectedMs) || expectedMs < 0) {
      throw new RangeError(`Cannot queue work that is expected to take ${expectedMs} ms: it must be 0 or more.`);
    }
    if (id !== undefined && this.#placeById.has(id)) {
      throw new ReferenceError(`Cannot queue "${id}": an entry with that id waits already.`);
    }
    const entry = { run, id, number: this.#arrived, priority, expectedMs, arrivedAtMs: this.#clock.now() };
    this.#arrived += 1;
    this.#put(entry, owner, false);
  }

  /** Takes out the entry whose turn it is. */
  dequeue(): FairEntry['run'] | undefined {
    const place = this.#groups.best?.best;
    if (place) this.#take(place);
    return place?.entry.run;
  }

  /** Takes out the entry with this id, if it waits. */
  remove(id: string): void {
    const place = this.#placeById.get(id);
    if (place) this.#take(place);
  }

  /** @throws {ReferenceError} when no entry with this id waits. */
  setPriority(id: string, priority: number): void {
    const place = this.#placeById.get(id);
    if (!place) throw new ReferenceError(`Cannot set the priority of "${id}": no entry with that id waits.`);
    this.#take(place);
    this.#put({ ...place.entry, priority }, place.group.owner, true);
  }

  /** What waits at exactly this priority, in no order. */
  filter({ priority }: FairEntryOptions): FairEntry['run'][] {
    const entries = [...this.#groups].flatMap((group) => [...group.entries()]);
    return entries.filter((entry) => entry.priority === priority).map(({ run }) => run);
  }

  #put(entry: FairEntry, owner: string | undefined, moved: boolean): void {
    const known = owner === undefined ? undefined : this.#groupByOwner.get(owner);
    const group = known ?? new FairGroup(owner, owner === undefined ? 0 : this.#running.of(owner));
    const place = group.put(entry, moved);
    if (known) this.#groups.update(group);
    else this.#groups.add(group);
    if (owner !== undefined) this.#groupByOwner.set(owner, group);
    if (entry.id !== undefined) this.#placeById.set(entry.id, place);
    this.#size += 1;
  }

  #take({ entry, group, leave }: GroupPlace): void {
    leave();
    this.#size -= 1;
    if (entry.id !== undefined) this.#placeById.delete(entry.id);
    if (group.best) {
      this.#groups.update(group);
      return;
    }
    this.#groups.remove(group);
    if (group.owner !== undefined) this.#groupByOwner.delete(group.owner);
  }

  #recount(owner: string): void {
    const group = this.#groupByOwner.get(owner);
    if (!group) return;
    group.recount(this.#running.of(owner));
    this.#groups.update(group);
  }
}
