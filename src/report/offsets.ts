/** Where a row is in a file, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Places by index, twelve bytes each however long the rows are. */
export class Offsets {
  #starts = new Float64Array(1024);
  /** 0: there is no row. */
  #lengths = new Uint32Array(1024);
  #count = 0;

  /** Remembers the place of the row with this index; a later one replaces an earlier one. */
  set(index: number, offset: number, length: number): void {
    if (index >= this.#lengths.length) this.#grow(index);
    this.#starts[index] = offset;
    this.#lengths[index] = length;
    this.#count = Math.max(this.#count, index + 1);
  }

  /** The places by index, leaving out the indexes that have none. */
  *inOrder(): Iterable<Place> {
    for (let index = 0; index < this.#count; index++) {
      const length = this.#lengths[index] ?? 0;
      if (length > 0) yield { offset: this.#starts[index] ?? 0, length };
    }
  }

  #grow(index: number): void {
    const size = Math.max(index + 1, this.#lengths.length * 2);
    const starts = new Float64Array(size);
    const lengths = new Uint32Array(size);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#starts = starts;
    this.#lengths = lengths;
  }
}
