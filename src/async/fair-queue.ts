import type { Clock } from '../contract/clock.ts';
import type { Heaped } from './heap.ts';
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

type Run = () => Promise<unknown>;

interface Entry {
  readonly run: Run;
  readonly id: string | undefined;
  readonly number: number;
  readonly expectedMs: number;
  readonly arrivedAtMs: number;
  readonly group: Group;
  priority: number;
}

/** The waiting entries of one owner, or one entry that is nobody's. */
interface Group extends Heaped {
  readonly owner: string | undefined;
  readonly entries: Entry[];
  running: number;
  /** The entry to go first, and its score; there is none only between the group's making and its first entry. */
  best: Entry | undefined;
  bestScore: number;
}

/**
 * Waiting entries, of which the next is one of the highest priority with the best score: its `expectedMs`, divided by
 * one more than what its owner runs, plus the milliseconds it has waited. So nobody starves, since the wait always
 * grows. Equal scores go in order of arrival.
 */
export class FairQueue {
  readonly #clock: Clock;
  readonly #running: RunningCalls;
  readonly #groups = new Heap<Group>(isBetterGroup);
  readonly #groupByOwner = new Map<string, Group>();
  readonly #entryById = new Map<string, Entry>();
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
  enqueue(run: Run, options: FairEntryOptions = {}): void {
    const { id, owner, priority = 0, expectedMs = 0 } = options;
    if (!Number.isFinite(expectedMs) || expectedMs < 0) {
      throw new RangeError(`Cannot queue work that is expected to take ${expectedMs} ms: it must be 0 or more.`);
    }
    if (id !== undefined && this.#entryById.has(id)) {
      throw new ReferenceError(`Cannot queue "${id}": an entry with that id waits already.`);
    }
    const group = this.#groupOf(owner);
    const number = this.#arrived;
    const entry: Entry = { run, id, number, expectedMs, arrivedAtMs: this.#clock.now(), group, priority };
    this.#arrived += 1;
    this.#size += 1;
    if (id !== undefined) this.#entryById.set(id, entry);
    group.entries.push(entry);
    consider(group, entry);
    if (group.entries.length === 1) this.#groups.add(group);
    else this.#groups.update(group);
  }

  /** Takes out the entry whose turn it is. */
  dequeue(): Run | undefined {
    const entry = this.#groups.best?.best;
    if (entry) this.#take(entry);
    return entry?.run;
  }

  /** Takes out the entry with this id, if it waits. */
  remove(id: string): void {
    const entry = this.#entryById.get(id);
    if (entry) this.#take(entry);
  }

  /** @throws {ReferenceError} when no entry with this id waits. */
  setPriority(id: string, priority: number): void {
    const entry = this.#entryById.get(id);
    if (!entry) throw new ReferenceError(`Cannot set the priority of "${id}": no entry with that id waits.`);
    entry.priority = priority;
    this.#reorder(entry.group);
  }

  /** What waits at exactly this priority, in no order. */
  filter({ priority }: FairEntryOptions): Run[] {
    const entries = [...this.#groups].flatMap((group) => group.entries);
    return entries.filter((entry) => entry.priority === priority).map(({ run }) => run);
  }

  #groupOf(owner: string | undefined): Group {
    const known = owner === undefined ? undefined : this.#groupByOwner.get(owner);
    if (known) return known;
    const running = owner === undefined ? 0 : this.#running.of(owner);
    const group: Group = { owner, entries: [], running, best: undefined, bestScore: 0, at: 0 };
    if (owner !== undefined) this.#groupByOwner.set(owner, group);
    return group;
  }

  #take(entry: Entry): void {
    const { group, id } = entry;
    this.#size -= 1;
    if (id !== undefined) this.#entryById.delete(id);
    const last = group.entries.pop();
    if (last && last !== entry) group.entries[group.entries.indexOf(entry)] = last;
    if (group.entries.length > 0) {
      this.#reorder(group);
      return;
    }
    this.#groups.remove(group);
    if (group.owner !== undefined) this.#groupByOwner.delete(group.owner);
  }

  #recount(owner: string): void {
    const group = this.#groupByOwner.get(owner);
    if (!group) return;
    group.running = this.#running.of(owner);
    this.#reorder(group);
  }

  #reorder(group: Group): void {
    group.best = undefined;
    for (const entry of group.entries) consider(group, entry);
    this.#groups.update(group);
  }
}

function consider(group: Group, entry: Entry): void {
  // What time it is now would raise all scores alike, so that the moment of arrival says as much as the wait.
  const score = entry.expectedMs / (1 + group.running) - entry.arrivedAtMs;
  if (group.best && !goesFirst(entry, score, group.best, group.bestScore)) return;
  group.best = entry;
  group.bestScore = score;
}

function isBetterGroup(a: Group, b: Group): boolean {
  return a.best !== undefined && b.best !== undefined && goesFirst(a.best, a.bestScore, b.best, b.bestScore);
}

function goesFirst(a: Entry, aScore: number, b: Entry, bScore: number): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return aScore === bScore ? a.number < b.number : aScore > bScore;
}
