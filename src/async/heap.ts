/** Something that a heap holds: `at` is the heap's own note of where. */
export interface Heaped {
  at: number;
}

/** Things of which the best is always at hand, while any of them may get better or worse, or go. */
export class Heap<T extends Heaped> {
  readonly #isBetter: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  constructor(isBetter: (a: T, b: T) => boolean) {
    this.#isBetter = isBetter;
  }

  get best(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#put(item, this.#items.length);
    this.#rise(item);
  }

  /** Puts in its place an item of the heap that has changed. */
  update(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#put(last, item.at);
    this.update(last);
  }

  #rise(item: T): void {
    while (item.at > 0) {
      const parent = this.#items[(item.at - 1) >> 1];
      if (parent === undefined || !this.#isBetter(item, parent)) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (let child = this.#betterChild(item); child && this.#isBetter(child, item); child = this.#betterChild(item)) {
      this.#swap(item, child);
    }
  }

  #betterChild({ at }: T): T | undefined {
    const left = this.#items[2 * at + 1];
    const right = this.#items[2 * at + 2];
    return left && right && this.#isBetter(right, left) ? right : left;
  }

  #swap(a: T, b: T): void {
    const { at } = a;
    this.#put(a, b.at);
    this.#put(b, at);
  }

  #put(item: T, at: number): void {
    item.at = at;
    this.#items[at] = item;
  }
}
