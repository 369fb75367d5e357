/** Which conversation holds which of a run's slots, going by the order of starts and ends. */
export class SlotBoard {
  readonly #held = new Map<string, number>();
  /** Those that were given back, the first one first, and who held them. */
  readonly #free: { readonly slot: number; readonly from: string }[] = [];
  #used = 0;

  /** A conversation starts: in the slot that has been free for longest, or in one that was never used. */
  take(conversation: string): { readonly slot: number; readonly slotFrom?: string } {
    const freed = this.#free.shift();
    const slot = freed?.slot ?? this.#used++;
    this.#held.set(conversation, slot);
    return freed ? { slot, slotFrom: freed.from } : { slot };
  }

  /** A conversation ends. */
  giveBack(conversation: string): void {
    const slot = this.#held.get(conversation);
    if (slot === undefined) return;
    this.#held.delete(conversation);
    this.#free.push({ slot, from: conversation });
  }
}
