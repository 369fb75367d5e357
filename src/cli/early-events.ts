import type { Emit, RunEventBody } from '../contract/event.ts';

/** What happens before a run has begun is kept until then; from then on it is told as it happens. */
export class EarlyEvents {
  readonly #early: RunEventBody[] = [];
  #emit: Emit = (event) => this.#early.push(event);

  readonly emit: Emit = (event) => this.#emit(event);

  /** What a person should know. */
  readonly notice = (message: string): void => this.emit({ kind: 'notice', message });

  /** The run begins: returns what it has to tell first. */
  begin(emit: Emit): readonly RunEventBody[] {
    this.#emit = emit;
    return this.#early;
  }
}
