import type { FileHandle } from 'node:fs/promises';

const SIZE = 256 * 1024;
/** What may be wanted later lies before what is wanted now, too. */
const BEFORE = SIZE / 4;

/**
 * Gives parts of a file that mostly lie near the one before, and reads them many at a time: each read is a thread's work.
 * One that lies elsewhere is read by itself.
 */
export class FileWindow {
  readonly #file: FileHandle;
  #start = 0;
  #bytes = Buffer.alloc(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The bytes from `offset` on, as many as the file has of `length`; they hold until the next call. */
  async read(offset: number, length: number): Promise<Buffer> {
    const isWithin = offset >= this.#start && offset + length <= this.#start + this.#bytes.length;
    if (!isWithin) await this.#move(offset, length);
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }

  async #move(offset: number, length: number): Promise<void> {
    const isNear = Math.abs(offset - this.#start - this.#bytes.length) < SIZE;
    this.#start = isNear ? Math.max(0, offset - BEFORE) : offset;
    const bytes = Buffer.allocUnsafe(isNear ? Math.max(SIZE, BEFORE + length) : length);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, this.#start);
    this.#bytes = bytes.subarray(0, bytesRead);
  }
}
