import type { EventOf, Mode, RunEvent } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import type { ResultRow, Running } from '../result-row.ts';
import { addSpan, resultRow, startRunning } from '../result-row.ts';

/** Makes the rows of a run's last mode, as `ResultsFile` does, and keeps them. */
export class RowRecorder implements Reporter {
  #rows: ResultRow[] = [];
  readonly #running = new Map<string, Running>();
  #wanted: Mode | undefined;
  #mode: Mode | undefined;

  handle(event: RunEvent): void {
    if (event.kind === 'run_start') this.#wanted = event.modes.at(-1);
    if (event.kind === 'mode_start') this.#mode = event.mode;
    if (this.#mode !== this.#wanted) return;
    switch (event.kind) {
      case 'conversation_start':
        if (event.parent === undefined) this.#running.set(event.conversation, startRunning(event));
        break;
      case 'model_end':
      case 'tool_end':
        addSpan(this.#running.get(event.conversation), event);
        break;
      case 'conversation_end':
        if (event.parent === undefined) this.#end(event);
        break;
      default:
    }
  }

  /** Forgets conversations whose prompts are no longer there. */
  drop(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    this.#rows = this.#rows.filter(({ id }) => !gone.has(id));
  }

  /** The rows so far, in prompt order. */
  rows(): readonly ResultRow[] {
    return this.#rows.toSorted((one, other) => one.index - other.index);
  }

  #end(event: EventOf<'conversation_end'>): void {
    this.#rows.push(resultRow(event, this.#running.get(event.conversation)));
    this.#running.delete(event.conversation);
  }
}
