import type { Heaped } from './heap.ts';
import { WaitingLine } from './waiting-line.ts';

/** Something that waits in a fair queue. */
export interface FairEntry {
  readonly run: () => Promise<unknown>;
  readonly id: string | undefined;
  /** How many came before it. */
  readonly number: number;
  readonly priority: number;
  readonly expectedMs: number;
  readonly arrivedAtMs: number;
}

/** An entry where it waits, with the way out. */
export interface GroupPlace {
  readonly entry: FairEntry;
  readonly group: FairGroup;
  readonly leave: () => void;
}

/** What waits for one owner, or one entry that is nobody's, with the one to go first always at hand. */
export class FairGroup implements Heaped {
  readonly owner: string | undefined;
  at = 0;
  #running: number;
  /** By what makes its entries equal but for their arrival, so that the first to come is always the first to go. */
  readonly #lanes = new Map<string, WaitingLine<GroupPlace>>();
  #best: GroupPlace | undefined;
  #bestScore = 0;

  constructor(owner: string | undefined, running: number) {
    this.owner = owner;
    this.#running = running;
  }

  get best(): GroupPlace | undefined {
    return this.#best;
  }

  /** Adds an entry that came after all others, unless it is `moved`. */
  put(entry: FairEntry, moved: boolean): GroupPlace {
    const name = moved ? `${entry.number} moved` : `${entry.priority} ${entry.expectedMs}`;
    const lane = this.#lanes.get(name) ?? new WaitingLine();
    this.#lanes.set(name, lane);
    const leave = () => {
      leaveLane();
      if (lane.first === undefined) this.#lanes.delete(name);
      this.#chooseBest();
    };
    const place = { entry, group: this, leave };
    const leaveLane = lane.join(place);
    this.#consider(place);
    return place;
  }

  /** Takes note of how many calls its owner runs now. */
  recount(running: number): void {
    this.#running = running;
    this.#chooseBest();
  }

  /** Whether its best entry goes before the other's. */
  goesBefore(other: FairGroup): boolean {
    if (!this.#best || !other.#best) return this.#best !== undefined;
    return goesFirst(this.#best.entry, this.#bestScore, other.#best.entry, other.#bestScore);
  }

  /** All its entries, in no order. */
  *entries(): IterableIterator<FairEntry> {
    for (const lane of this.#lanes.values()) {
      for (const { entry } of lane) yield entry;
    }
  }

  #chooseBest(): void {
    this.#best = undefined;
    for (const { first } of this.#lanes.values()) {
      if (first) this.#consider(first);
    }
  }

  #consider(place: GroupPlace): void {
    const { entry } = place;
    // What time it is now would raise all scores alike, so that the moment of arrival says as much as the wait.
    const score = entry.expectedMs / (1 + this.#running) - entry.arrivedAtMs;
    if (this.#best && !goesFirst(entry, score, this.#best.entry, this.#bestScore)) return;
    this.#best = place;
    this.#bestScore = score;
  }
}

function goesFirst(a: FairEntry, aScore: number, b: FairEntry, bScore: number): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return aScore === bScore ? a.number < b.number : aScore > bScore;
}
