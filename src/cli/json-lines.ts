import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { messageOf, UserError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { createNdjson } from '../report/ndjson.ts';
import { showJson } from '../report/show-text.ts';
import type { Journal } from '../run/journal.ts';
import type { LineTarget } from './log-lines.ts';
import { MOST_WAITING_BYTES } from './log-lines.ts';

/**
 * Events as lines of JSON for a reader who may be slow: nothing waits for it, and it still gets every event, in order.
 * Events beyond 8 MiB are read again from the journal, which has them first, once the reader has caught up.
 */
export class JsonLines implements Reporter {
  readonly #target: LineTarget;
  readonly #journal: Journal;
  readonly #write: Reporter['handle'];
  #lastSeq = 0;
  #catchingUp: Promise<void> | undefined;
  /** How far into the journal lines have been read. */
  #offset: number;

  /** @param journal to whose file the events to come are added */
  constructor(target: LineTarget, journal: Journal) {
    this.#target = target;
    this.#journal = journal;
    this.#offset = journal.size;
    this.#write = createNdjson((text) => void target.write(text)).handle;
  }

  handle(event: RunEvent): void {
    const before = this.#lastSeq;
    this.#lastSeq = event.seq;
    if (this.#catchingUp) return;
    if (this.#target.waitingBytes <= MOST_WAITING_BYTES) this.#write(event);
    else this.#startCatchUp(before);
  }

  /** @throws {UserError} with exit code 74 when events are missing from what was written */
  async flush(): Promise<void> {
    try {
      await this.#catchingUp;
    } catch (cause) {
      const why = messageOf(cause);
      throw new UserError(`Cannot write all events: ${this.#journal.path} cannot be read again (${why}).`, {
        exitCode: 74,
        cause,
      });
    }
  }

  #startCatchUp(written: number): void {
    this.#catchingUp = this.#catchUp(written);
    // `flush` tells of a failure at the end: the run goes on without.
    this.#catchingUp.catch(() => {});
  }

  async #catchUp(written: number): Promise<void> {
    const journal = await open(this.#journal.path, 'r');
    try {
      let seq = written;
      while (seq < this.#lastSeq) {
        const lines = await this.#readLines(journal);
        const missing = lines.filter((line) => seqOf(line) > seq);
        const last = missing.at(-1);
        if (last === undefined) continue;
        seq = seqOf(last);
        await this.#target.write(missing.map((line) => `${showJson(line)}\n`).join(''));
      }
      this.#catchingUp = undefined;
    } finally {
      await journal.close();
    }
  }

  /** The next whole lines of the journal. */
  async #readLines(journal: FileHandle): Promise<readonly string[]> {
    this.#journal.flush();
    let bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let filled = 0; ; ) {
      const { bytesRead } = await journal.read(bytes, filled, bytes.length - filled, this.#offset + filled);
      filled += bytesRead;
      const end = bytes.subarray(0, filled).lastIndexOf('\n') + 1;
      if (end > 0) {
        this.#offset += end;
        return bytes.toString('utf8', 0, end - 1).split('\n');
      }
      if (bytesRead === 0) throw new Error(`the journal ends before event ${this.#lastSeq}`);
      if (filled === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(bytes.length)]);
    }
  }
}

const CHUNK_BYTES = 256 * 1024;

/** The number that the hub gave the event: it comes first in the line. */
function seqOf(line: string): number {
  return Number(/^\{"seq":(\d+)/.exec(line)?.[1] ?? 0);
}
