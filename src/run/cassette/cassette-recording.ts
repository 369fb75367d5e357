import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import type { CassetteHeader, CassetteRecord, CassetteRecorder, RecordedTools } from '../../contract/cassette.ts';
import { CASSETTE_FORMAT } from '../../contract/cassette.ts';
import { messageOf, UserError } from '../../contract/errors.ts';
import { readCassette } from './read-cassette.ts';
import type { Scrub } from './scrub.ts';
import { scrubRecord } from './scrub.ts';

/** What a recording is made with. */
export interface RecordingDeps {
  readonly scrub: Scrub;
  /** Hears once of a record that could not be written; the cassette ends with the one before. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A cassette that is being recorded, readable by its owner alone. A record is in the file when `write` returns and none is
 * kept in memory. Without its last line, which `conclude` writes, it says of itself that it is incomplete.
 */
export class CassetteRecording implements CassetteRecorder, Disposable {
  readonly underWay = new Set<() => void>();
  readonly #path: string;
  readonly #deps: RecordingDeps;
  readonly #file: number;
  readonly #counts: Counts;
  #size: number;
  #isBroken = false;

  private constructor(path: string, file: number, counts: Counts, deps: RecordingDeps) {
    this.#path = path;
    this.#file = file;
    this.#counts = counts;
    this.#deps = deps;
    this.#size = fstatSync(file).size;
  }

  /** @throws {UserError} if there is something in the file already, or it cannot be made */
  static create(path: string, deps: RecordingDeps): CassetteRecording {
    return new CassetteRecording(path, openEmpty(path), { exchanges: 0, calls: 0 }, deps);
  }

  /**
   * Goes on with a cassette whose recording was stopped or killed; begins one if there is none.
   *
   * @throws {UserError} if it is damaged
   */
  static async continue(path: string, deps: RecordingDeps): Promise<CassetteRecording> {
    if (!(statSync(path, { throwIfNoEntry: false })?.size ?? 0)) return CassetteRecording.create(path, deps);
    return new CassetteRecording(path, openSync(path, 'a'), await mend(path), deps);
  }

  /** Says first what is recorded, and then what servers offer. */
  begin(header: Omit<CassetteHeader, 'kind' | 'format'>, tools: RecordedTools['tools']): void {
    if (this.#size > 0) return;
    this.#append({ kind: 'cassette', format: CASSETTE_FORMAT, ...header });
    if (tools.length === 0) return;
    this.#append({ kind: 'tools', tools: this.#deps.scrub.value(tools) });
  }

  write(record: Parameters<CassetteRecorder['write']>[0]): void {
    const { scrub } = this.#deps;
    if (record.kind === 'exchange') this.#counts.exchanges += 1;
    if (record.kind === 'tool') this.#counts.calls += 1;
    this.#append(scrubRecord(record, scrub));
  }

  /** Writes what is under way as it is by now, and the end. */
  conclude(stopped: string | undefined): void {
    for (const finish of [...this.underWay]) finish();
    const { exchanges, calls } = this.#counts;
    const early = stopped === undefined ? {} : { stopped: this.#deps.scrub.text(stopped) };
    this.#append({ kind: 'end', exchanges, calls, ...early });
  }

  /** A cassette that was never begun leaves no file behind. */
  [Symbol.dispose](): void {
    const isFile = fstatSync(this.#file).isFile();
    closeSync(this.#file);
    if (isFile && this.#size === 0) rmSync(this.#path, { force: true });
  }

  #append(record: CassetteRecord): void {
    if (this.#isBroken) return;
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
      this.#size += line.length;
    } catch (error) {
      this.#isBroken = true;
      this.#cutToSize();
      this.#deps.onFailure(error);
    }
  }

  /** A device that cannot cut keeps half of a line, as a crash would leave it. */
  #cutToSize(): void {
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {}
  }
}

interface Counts {
  exchanges: number;
  calls: number;
}

function openEmpty(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'a', 0o600);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new UserError(`Cannot record to ${path}: ${reason}. Name another file.`, { cause });
  }
  const stat = fstatSync(file);
  if (stat.size === 0) {
    if (stat.isFile()) fchmodSync(file, 0o600);
    return file;
  }
  closeSync(file);
  throw new UserError(`Cannot record to ${path}: there is something in it. Remove it, or name another file.`);
}

/** Cuts off what a crash left of a last line, and counts the rest. */
async function mend(path: string): Promise<Counts> {
  const counts = { exchanges: 0, calls: 0 };
  let torn: number | undefined;
  for await (const { record } of readCassette(path, (offset) => {
    torn = offset;
  })) {
    if (record.kind === 'exchange') counts.exchanges += 1;
    if (record.kind === 'tool') counts.calls += 1;
  }
  if (torn !== undefined) truncateSync(path, torn);
  return counts;
}
