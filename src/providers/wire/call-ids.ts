import type { Message } from '../../contract/message.ts';

/** The longest call id that OpenAI accepts back. */
const LONGEST_ID = 64;

/** Gives each call of a response an id that its conversation has not seen, whatever the server sent. */
export class CallIds {
  readonly #history: readonly Message[];
  #used: Set<string> | undefined;

  constructor(history: readonly Message[]) {
    this.#history = history;
  }

  /** The server's own id where it is usable and new; otherwise one made from it. At most 64 characters. */
  claim(id: string | null | undefined): string {
    this.#used ??= usedIds(this.#history);
    const claimed = id && id.length <= LONGEST_ID && !this.#used.has(id) ? id : this.#derive(id || 'call', this.#used);
    this.#used.add(claimed);
    return claimed;
  }

  #derive(id: string, used: ReadonlySet<string>): string {
    for (let number = 1; ; number++) {
      const suffix = `_${number}`;
      const candidate = id.slice(0, LONGEST_ID - suffix.length) + suffix;
      if (!used.has(candidate)) return candidate;
    }
  }
}

function usedIds(history: readonly Message[]): Set<string> {
  const used = new Set<string>();
  for (const message of history) {
    if (message.role !== 'assistant') continue;
    for (const call of message.calls) used.add(call.callId);
  }
  return used;
}
