import type { Agent } from '../../contract/agent.ts';

/** What the conversations of a run share of their background tasks: places for as many as may run at once. */
export class RunTasks {
  readonly max: number;
  #running = 0;
  readonly #met = new WeakSet<Agent>();

  constructor(max: number) {
    this.max = max;
  }

  /** A place for one more task, given back by calling what is returned; nothing if all are taken. */
  take(): (() => void) | undefined {
    if (this.#running >= this.max) return undefined;
    this.#running += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#running -= 1;
      isTaken = false;
    };
  }

  /** Whether an agent is met for the first time in the run: what has to be said of it is said once. */
  meet(agent: Agent): boolean {
    if (this.#met.has(agent)) return false;
    this.#met.add(agent);
    return true;
  }
}
