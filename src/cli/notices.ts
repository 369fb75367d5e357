import type { Emit } from '../contract/event.ts';

/** What a person should know: kept until the run has begun, told as it happens from then on. */
export class Notices {
  #early: string[] = [];
  #emit: Emit | undefined;

  readonly tell = (message: string): void => {
    if (this.#emit) this.#emit({ kind: 'notice', message });
    else this.#early.push(message);
  };

  /** The run begins: returns what it has to tell first. */
  begin(emit: Emit): readonly string[] {
    this.#emit = emit;
    return this.#early;
  }
}
