import { UserError } from '../contract/errors.ts';
import { secrets } from './secrets.ts';
import { unwrittenBytes } from './standard-streams.ts';
import { tell } from './tell.ts';

/**
 * Standard output: knows whether what was written arrived. What is written in one turn of the event loop goes out at once,
 * since each write costs as much as a whole model call; only a terminal shows each line right away.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #gathered = '';
  #flushing: NodeJS.Immediate | undefined;
  #problem: NodeJS.ErrnoException | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #written = 0;
  /** Called before anything is written, to keep first what is about to be shown. */
  beforeWrite: () => void = () => {};

  /** @param onProblem hears once of a reader that went away (`EPIPE`) or a device that is full */
  constructor(stream: NodeJS.WriteStream, onProblem: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    const release = () => {
      this.#drained?.resolve();
      this.#drained = undefined;
    };
    stream.on('drain', release);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#problem) {
        this.#problem = error;
        onProblem(error);
      }
      release();
    });
  }

  /** What waits for a reader who is slower than the writer, in bytes. */
  get waitingBytes(): number {
    return this.#problem ? 0 : this.#stream.writableLength + this.#gathered.length;
  }

  /**
   * Writes whole lines; after a problem it does nothing. Returns a promise where the reader is slower than the writer:
   * who can wait should wait for it.
   */
  readonly write = (text: string): Promise<void> | void => {
    if (this.#problem) return;
    this.#gathered += text;
    if (this.#stream.isTTY || this.#gathered.length >= MOST_GATHERED) this.#flush();
    else this.#flushing ??= setImmediate(() => this.#flush());
    return this.#drained?.promise;
  };

  #flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#problem || text === '') return;
    this.beforeWrite();
    this.#written += Buffer.byteLength(text);
    if (!this.#stream.write(text) && !this.#problem) this.#drained ??= Promise.withResolvers<void>();
  }

  /**
   * Waits for the last work that writes, and until all of it has left the process.
   *
   * @throws {UserError} with exit code 74 once the reader has taken nothing for five seconds
   */
  async conclude(work: Promise<void>): Promise<void> {
    const done = work.then(() => this.drain());
    let taken = -1;
    let patience = PATIENCE_MS / LOOK_AGAIN_MS;
    while ((await within(LOOK_AGAIN_MS, done)) === 'late') {
      const unwritten = this.#problem ? 0 : unwrittenBytes(this.#stream);
      const goesOn = unwritten === 0 || this.#written - unwritten !== taken;
      taken = this.#written - unwritten;
      patience = goesOn ? PATIENCE_MS / LOOK_AGAIN_MS : patience - 1;
      if (patience > 0) continue;
      throw new UserError(
        'Cannot write the rest of the output: its reader has stopped reading. Read it to its end, or send it to a file.',
        { exitCode: 74 },
      );
    }
  }

  /** Returns when everything has left the process, or cannot any more. */
  async drain(): Promise<void> {
    this.#flush();
    if (this.#problem) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write('', () => resolve());
    await promise;
  }
}

/** Characters. */
const MOST_GATHERED = 16 * 1024;
const PATIENCE_MS = 5000;
const LOOK_AGAIN_MS = 250;

/**
 * Writes what `produce` has to say, without secrets, to its end, however slow its reader. Returns the exit code.
 * `isWithoutSecrets`: there are none in it, and it must stay as it is.
 */
export async function print(
  stream: NodeJS.WriteStream,
  produce: (write: Output['write']) => Promise<void> | void,
  { isWithoutSecrets = false }: { readonly isWithoutSecrets?: boolean } = {},
): Promise<number> {
  let exitCode = 0;
  const output = new Output(stream, (error) => {
    exitCode = outputExitCode(error);
  });
  await produce((text) => output.write(isWithoutSecrets ? text : secrets.text(text)));
  await output.drain();
  return exitCode;
}

/** What to exit with after a problem with the output; says so unless its reader just had enough. */
export function outputExitCode(error: NodeJS.ErrnoException): number {
  if (error.code === 'EPIPE') return 141;
  tell(`Cannot write the output: ${error.message}.`);
  return 74;
}

async function within(ms: number, work: Promise<void>): Promise<'done' | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
