interface Place<T> {
  readonly who: T;
  ahead: Place<T> | undefined;
  behind: Place<T> | undefined;
}

/** A line that is joined at its end and left from anywhere, in the same time however long it is. */
export class WaitingLine<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;

  /** Who came before all others that still wait. */
  get first(): T | undefined {
    return this.#first?.who;
  }

  /** Stands behind all others. The returned function leaves the line; calling it again does nothing. */
  join(who: T): () => void {
    const place: Place<T> = { who, ahead: this.#last, behind: undefined };
    if (this.#last) this.#last.behind = place;
    else this.#first = place;
    this.#last = place;
    let waits = true;
    return () => {
      if (waits) this.#close(place);
      waits = false;
    };
  }

  /** All who wait, the first to come first. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let place = this.#first; place; place = place.behind) yield place.who;
  }

  #close({ ahead, behind }: Place<T>): void {
    if (ahead) ahead.behind = behind;
    else this.#first = behind;
    if (behind) behind.ahead = ahead;
    else this.#last = ahead;
  }
}
