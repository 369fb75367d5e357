import { closeSync, openSync, readSync } from 'node:fs';
import type { Recording } from './recordings.ts';

/** A cassette that is read from again and again: what a recording says is wanted only when it is its turn. */
export class CassetteFile implements Disposable {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'r');
  }

  /** The record at a place. Read at once: by a virtual clock no time may pass meanwhile. */
  read<T>({ offset, length }: Pick<Recording, 'offset' | 'length'>): T {
    const bytes = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const more = readSync(this.#file, bytes, read, length - read, offset + read);
      if (more === 0) throw new Error(`${this.path} has become shorter while it was replayed`);
      read += more;
    }
    return JSON.parse(bytes.toString()) as T;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
