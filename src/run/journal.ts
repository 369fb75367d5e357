import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { EventOf, RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';

/** How long results may take until they outlive a loss of power. */
const SYNC_AFTER_MS = 10;

/** Characters of events that are worth a write of their own, so that outputs that come all at once are not held together. */
const MOST_WAITING = 1024 * 1024;

/**
 * All events of a run as JSON Lines, only ever appended to. An event that something follows from (a request, what a response
 * asks for, an unsafe call and what came of it) is in the file when `handle` returns, with all before it; any other when
 * `flush` returns, or else at the end of this turn of the event loop. So events outlive the process before anything comes of
 * them; they outlive a loss of power 10 ms later, and before an unsafe tool starts its intent does at once.
 */
export class Journal implements Reporter {
  readonly path: string;
  readonly #file: number;
  readonly #onFailure: (error: unknown) => void;
  /** Whole lines that are not written yet. */
  #waiting = '';
  #flushing: NodeJS.Immediate | undefined;
  /** Unsafe calls that run. */
  readonly #unsafe = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #synced: Promise<void> | undefined;
  /** Bytes of whole lines in the file. */
  #size: number;
  #isBroken = false;

  private constructor(path: string, flags: string, onFailure: (error: unknown) => void) {
    this.path = path;
    this.#file = openSync(path, flags, 0o600);
    this.#onFailure = onFailure;
    this.#size = fstatSync(this.#file).size;
  }

  /**
   * Creates the file, which must not exist, readable by its owner alone.
   *
   * @param onFailure hears of it, once, when events could not be written
   */
  static create(path: string, onFailure: (error: unknown) => void): Journal {
    return new Journal(path, 'ax', onFailure);
  }

  /** Goes on with a file that ends with a whole line. */
  static continue(path: string, onFailure: (error: unknown) => void): Journal {
    return new Journal(path, 'a', onFailure);
  }

  /** Whether events could not be kept: what is told since then is in no file. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** How much is in the file, in bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * After events that could not be written it writes nothing more: what is in the file stays readable, as after a crash.
   */
  handle(event: RunEvent): void {
    if (this.#isBroken) return;
    this.#waiting += `${JSON.stringify(event)}\n`;
    const canWait = this.#leadsOn(event) && this.#waiting.length <= MOST_WAITING;
    if (canWait) this.#flushing ??= setImmediate(this.#flushLater);
    else this.flush();
    if (event.kind === 'tool_start' && event.effect === 'unsafe') this.#attempt(() => fdatasyncSync(this.#file));
  }

  /** Whether an event has no effect of its own, so that it may be written together with what it leads to. */
  #leadsOn(event: RunEvent): boolean {
    switch (event.kind) {
      case 'conversation_start':
      case 'conversation_end':
        return true;
      case 'tool_start':
        if (event.effect === 'unsafe') this.#unsafe.add(callOf(event));
        return event.effect !== 'unsafe';
      case 'tool_end':
        return this.#unsafe.size === 0 || !this.#unsafe.delete(callOf(event));
      case 'model_end':
        return !event.result.ok || event.result.calls.length === 0;
      default:
        return false;
    }
  }

  readonly #flushLater = () => {
    this.#flushing = undefined;
    this.flush();
  };

  /** Has everything in the file that it was told of. */
  flush(): void {
    const lines = this.#waiting;
    if (lines === '') return;
    this.#waiting = '';
    this.#attempt(() => this.#write(lines));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#synced = this.#sync(this.#synced);
    }, SYNC_AFTER_MS).unref();
  }

  async finish(): Promise<void> {
    this.flush();
    clearImmediate(this.#flushing);
    clearTimeout(this.#timer);
    if (this.#synced) await this.#synced;
    this.#attempt(() => fdatasyncSync(this.#file));
    closeSync(this.#file);
  }

  /** After the first failure it does nothing more: no later success would make good what was lost. */
  #attempt(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      this.#onFailure(error);
    }
  }

  /** As text, which takes no copy, but for the rest of one that was written in parts. */
  #write(lines: string): void {
    const length = Buffer.byteLength(lines);
    let written = 0;
    try {
      written = writeSync(this.#file, lines);
      if (written < length) {
        const bytes = Buffer.from(lines);
        while (written < length) written += writeSync(this.#file, bytes, written);
      }
    } catch (error) {
      this.#cutAfter(Buffer.from(lines).subarray(0, written).lastIndexOf('\n') + 1);
      throw error;
    }
    this.#size += length;
  }

  /** Keeps so much of what was written last. A device that cannot cut keeps half of a line, as a crash would leave it. */
  #cutAfter(bytes: number): void {
    this.#size += bytes;
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {}
  }

  /** A kernel tells only once that what was written is lost, so each time is listened to. */
  async #sync(before: Promise<void> | undefined): Promise<void> {
    await before;
    const failure: unknown = await syncData(this.#file).catch((error) => error);
    this.#attempt(() => {
      if (failure) throw failure;
      if (fstatSync(this.#file).nlink === 0) throw new Error('the journal has been removed');
    });
  }
}

/** Ids of calls may come again in other conversations and turns. */
function callOf({ conversation, turn, callId }: EventOf<'tool_start' | 'tool_end'>): string {
  return `${conversation}\n${turn}\n${callId}`;
}

const syncData = promisify(fdatasync);
