import { UserError } from '../contract/errors.ts';

const DRAIN_TIMEOUT_MS = 5000;

/** Standard output: knows whether what was written arrived. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #problem: NodeJS.ErrnoException | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** @param onProblem hears once of a reader that went away (`EPIPE`) or a device that is full */
  constructor(stream: NodeJS.WriteStream, onProblem: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    const release = () => {
      this.#drained?.resolve();
      this.#drained = undefined;
    };
    stream.on('drain', release);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      release();
      if (this.#problem) return;
      this.#problem = error;
      onProblem(error);
    });
  }

  /**
   * Writes whole lines. After a problem it does nothing. Returns a promise where the reader is slower than the writer:
   * who can wait should wait for it.
   */
  readonly write = (text: string): Promise<void> | void => {
    if (this.#problem || this.#stream.write(text)) return;
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  };

  /** Returns when everything has left the process; throws if it cannot, or not in time. */
  async drain(): Promise<void> {
    if (this.#problem) return;
    const { promise, resolve } = Promise.withResolvers<'written' | 'late'>();
    this.#stream.write('', () => resolve('written'));
    const timer = setTimeout(() => resolve('late'), DRAIN_TIMEOUT_MS);
    if ((await promise) === 'late') {
      throw new UserError('Cannot write the rest of the output: its reader has stopped reading.', { exitCode: 74 });
    }
    clearTimeout(timer);
  }
}

/** Writes what `produce` has to say, to its end. Returns the exit code: 0, or what became of the output. */
export async function print(
  stream: NodeJS.WriteStream,
  produce: (write: Output['write']) => Promise<void> | void,
): Promise<number> {
  let exitCode = 0;
  const output = new Output(stream, (error) => {
    exitCode = outputExitCode(error);
  });
  await produce(output.write);
  await output.drain();
  return exitCode;
}

/** What to exit with after a problem with the output. */
export function outputExitCode(error: NodeJS.ErrnoException): number {
  return error.code === 'EPIPE' ? 141 : 74;
}
