import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { messageOf, UserError } from '../contract/errors.ts';
import type { EventOf, Mode, RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { FileWindow } from './file-window.ts';
import { Offsets } from './offsets.ts';
import type { ResultRow, Running } from './result-row.ts';
import { addSpan, resultRow, startRunning } from './result-row.ts';

/** How rows come to the file. */
export interface ResultsOptions {
  /** Whether conversations have their rows in the order in which they began; rows wait for earlier ones. */
  readonly isOrdered?: boolean;
  /** Has everything kept that rows tell of; false once that cannot be done, and no rows are written any more. */
  readonly keep?: () => boolean;
  /** Hears what `flush` throws where nobody called it. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Writes a row when a conversation of the run's last mode ends, in the order in which they end. Rows of one turn of the
 * event loop are written at its end, together, and all before the run ends. Remembers only where each row is, so the rows
 * can be read back in prompt order without holding them.
 */
export class ResultsFile implements Reporter {
  readonly #path: string;
  readonly #file: number;
  readonly #keep: () => boolean;
  readonly #onFailure: (error: unknown) => void;
  /** Rows that are not written yet, how many characters these are, and when they will be. */
  #gathered: { readonly index: number; readonly line: string }[] = [];
  #characters = 0;
  #flushing: NodeJS.Immediate | undefined;
  readonly #offsets = new Offsets();
  readonly #running = new Map<string, Running>();
  #wanted: Mode | undefined;
  #mode: Mode | undefined;
  #end = 0;
  /** Where rows have to be in order: what has begun and is not written yet, in that order, with its row once it has one. */
  readonly #turn: Map<string, EventOf<'conversation_end'> | undefined> | undefined;

  /**
   * @param path of a file that must not exist yet
   * @throws {UserError} when the file exists or cannot be made
   */
  constructor(path: string, { isOrdered = false, keep = () => true, onFailure = () => {} }: ResultsOptions = {}) {
    this.#path = path;
    this.#keep = keep;
    this.#onFailure = onFailure;
    this.#turn = isOrdered ? new Map() : undefined;
    this.#file = openNew(path);
  }

  /** @throws {UserError} as `flush`, when the mode ends */
  handle(event: RunEvent): void {
    if (event.kind === 'run_start') this.#wanted = event.modes.at(-1);
    if (event.kind === 'mode_start') this.#mode = event.mode;
    if (this.#mode !== this.#wanted) return;
    if (event.kind === 'conversation_start' && event.parent === undefined) this.#start(event);
    if (event.kind === 'conversation_end' && event.parent === undefined) this.#add(event);
    // Once the journal says that the run is over, nobody makes up for rows that are missing.
    if (event.kind === 'mode_end') this.flush();
    if (event.kind === 'model_end' || event.kind === 'tool_end') addSpan(this.#running.get(event.conversation), event);
  }

  /**
   * Writes rows that still wait, and closes the file for writing, so that it outlives a loss of power; the rows can be read
   * from then on too.
   *
   * @throws {UserError} as `flush`
   */
  finish(): void {
    for (const end of this.#turn?.values() ?? []) if (end) this.#gather(end);
    this.#turn?.clear();
    try {
      this.flush();
      fdatasyncSync(this.#file);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`Cannot write results to ${this.#path}: ${messageOf(cause)}.`, { exitCode: 74, cause });
    } finally {
      closeSync(this.#file);
    }
  }

  /**
   * Has the rows in the file of all that has ended.
   *
   * @throws {UserError} with exit code 74 when they could not be written; no part of them stays in the file
   */
  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const rows = this.#gathered;
    if (rows.length === 0) return;
    this.#gathered = [];
    this.#characters = 0;
    if (!this.#keep()) return;
    const bytes = Buffer.from(rows.map(({ line }) => line).join(''));
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#file, bytes, written, bytes.length - written, this.#end + written);
      }
    } catch (cause) {
      cutOff(this.#file, this.#end);
      throw new UserError(`Cannot write results to ${this.#path}: ${messageOf(cause)}.`, { exitCode: 74, cause });
    }
    for (const { index, line } of rows) {
      const length = Buffer.byteLength(line);
      this.#offsets.set(index, this.#end, length);
      this.#end += length;
    }
  }

  /**
   * The rows written so far in prompt order, read from the file a few at a time.
   *
   * @throws {UserError} with exit code 74 when the file has gone, or was changed by somebody else
   */
  async *rowsInOrder(): AsyncIterable<ResultRow> {
    const file = await open(this.#path, 'r').catch((cause) => {
      throw new UserError(`Cannot read the results again: ${messageOf(cause)}.`, { exitCode: 74, cause });
    });
    try {
      const rows = new FileWindow(file);
      for (const { offset, length } of this.#offsets.inOrder()) {
        yield this.#parsed(await rows.read(offset, length));
      }
    } finally {
      await file.close();
    }
  }

  #parsed(row: Buffer): ResultRow {
    try {
      return JSON.parse(row.toString()) as ResultRow;
    } catch (cause) {
      const message = `Cannot read the results again: ${this.#path} was changed by somebody else.`;
      throw new UserError(message, { exitCode: 74, cause });
    }
  }

  #start(event: EventOf<'conversation_start'>): void {
    this.#running.set(event.conversation, startRunning(event, this.#running.get(event.conversation)));
    this.#turn?.set(event.conversation, undefined);
  }

  #add(event: EventOf<'conversation_end'>): void {
    this.#turn?.set(event.conversation, event);
    for (const [conversation, end] of this.#turn ?? [[event.conversation, event]]) {
      if (!end) break;
      this.#turn?.delete(conversation);
      this.#gather(end);
    }
  }

  #gather(event: EventOf<'conversation_end'>): void {
    const row = resultRow(event, this.#running.get(event.conversation));
    this.#running.delete(event.conversation);
    const line = `${JSON.stringify(row)}\n`;
    this.#gathered.push({ index: event.index, line });
    this.#characters += line.length;
    if (this.#characters >= MOST_GATHERED) this.flush();
    else this.#flushing ??= setImmediate(this.#flushLater);
  }

  readonly #flushLater = () => {
    try {
      this.flush();
    } catch (error) {
      this.#onFailure(error);
    }
  };
}

/** Characters. */
const MOST_GATHERED = 64 * 1024;

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new UserError(`Cannot write results to ${path}: the file exists. Name another directory with --out.`);
    }
    throw new UserError(`Cannot write results to ${path}: ${messageOf(cause)}.`, { exitCode: 74, cause });
  }
}

function cutOff(file: number, end: number): void {
  try {
    ftruncateSync(file, end);
  } catch {
    // What is told is why the row could not be written.
  }
}
