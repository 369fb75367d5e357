import { closeSync, openSync, writeSync } from 'node:fs';
import type { RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';

/** All events of a run as JSON Lines. An event is in the file when `handle` returns. */
export class Journal implements Reporter {
  readonly #file: number;

  /** Creates the file, which must not exist, readable by its owner alone. */
  constructor(path: string) {
    this.#file = openSync(path, 'ax', 0o600);
  }

  handle(event: RunEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
  }

  finish(): void {
    closeSync(this.#file);
  }
}
