/** How many calls of each owner run. */
export class RunningCalls {
  readonly #counts = new Map<string, number>();
  #onChange: (owner: string) => void = () => {};

  of(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  /** From now on tells this listener, instead of any before it, whose count has changed. */
  tell(onChange: (owner: string) => void): void {
    this.#onChange = onChange;
  }

  /** The same work, counted as its owner's from the moment it is called until it has ended; nobody's is not counted. */
  counted<A extends readonly unknown[], R>(owner: string | undefined, work: (...args: A) => R) {
    return async (...args: A): Promise<Awaited<R>> => {
      if (owner !== undefined) this.#add(owner, 1);
      try {
        return await work(...args);
      } finally {
        if (owner !== undefined) this.#add(owner, -1);
      }
    };
  }

  #add(owner: string, change: 1 | -1): void {
    const count = this.of(owner) + change;
    if (count === 0) this.#counts.delete(owner);
    else this.#counts.set(owner, count);
    this.#onChange(owner);
  }
}
