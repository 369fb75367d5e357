import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';

/** How long results may take until they outlive a loss of power. */
const SYNC_AFTER_MS = 10;

/**
 * All events of a run as JSON Lines, only ever appended to. An event is in the file when `handle` returns, so it outlives
 * the process; it outlives a loss of power 10 ms later, and before an unsafe tool starts its intent does at once.
 */
export class Journal implements Reporter {
  readonly #file: number;
  #syncing: NodeJS.Timeout | undefined;
  /** Bytes of whole lines. */
  #size: number;
  #isBroken = false;

  private constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  /** Creates the file, which must not exist, readable by its owner alone. */
  static create(path: string): Journal {
    return new Journal(openSync(path, 'ax', 0o600));
  }

  /** Goes on with a file that ends with a whole line. */
  static continue(path: string): Journal {
    return new Journal(openSync(path, 'a', 0o600));
  }

  /**
   * After an event that could not be written it writes nothing more: what is in the file stays readable, as after a crash.
   *
   * @throws once, for the first event that could not be written
   */
  handle(event: RunEvent): void {
    if (this.#isBroken) return;
    const line = `${JSON.stringify(event)}\n`;
    const length = Buffer.byteLength(line);
    try {
      this.#write(line, length);
      if (event.kind === 'tool_start' && event.effect === 'unsafe') fdatasyncSync(this.#file);
    } catch (error) {
      this.#isBroken = true;
      this.#cutToSize();
      throw error;
    }
    this.#size += length;
    this.#syncing ??= setTimeout(() => this.#sync(), SYNC_AFTER_MS).unref();
  }

  finish(): void {
    clearTimeout(this.#syncing);
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  /** As text, which takes no copy, but for the rest of one that was written in parts. */
  #write(line: string, length: number): void {
    let written = writeSync(this.#file, line);
    if (written === length) return;
    const bytes = Buffer.from(line);
    while (written < length) written += writeSync(this.#file, bytes, written);
  }

  /** A device that cannot cut keeps half of a line, as a crash would leave it. */
  #cutToSize(): void {
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {}
  }

  /** A failure to sync shows at the latest when the journal is finished. */
  #sync(): void {
    this.#syncing = undefined;
    fdatasync(this.#file, () => {});
  }
}
