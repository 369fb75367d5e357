import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BroadcastChannel } from 'node:worker_threads';
import PQueue from 'p-queue';
import type Tinypool from 'tinypool';
import { messageOf } from '../../contract/errors.ts';
import { ownFile } from '../../contract/own-file.ts';
import type { PrintedLine, RemoteCall, RemoteReply } from './remote-call.ts';
import { STOPPED, ToolCrash } from './tool-crash.ts';

const ENTRY = fileURLToPath(ownFile('tools/place/thread-entry'));
const IDLE_MS = 60_000;
const DISPOSE_WITHIN_MS = 5000;

type PoolThread = Tinypool['threads'][number];

/** What a pool of threads may use up, and who is told what is printed in it. */
export interface ThreadPlaceOptions {
  readonly threads: number;
  /** What JavaScript objects may take up in each thread. */
  readonly memoryMb: number;
  readonly onPrint: (printed: PrintedLine) => void;
}

/**
 * A pool of worker threads that run calls, one at a time each. A thread starts when a call finds no other free. One
 * whose call is aborted, or that dies, is replaced.
 */
export class ThreadPlace implements AsyncDisposable {
  readonly #options: ThreadPlaceOptions;
  /** Calls wait here and not in the pool, which starts no thread for those that wait when one has died. */
  readonly #slots: PQueue;
  readonly #channel: BroadcastChannel;
  readonly #alive = new Set<PoolThread>();
  readonly #running = new Set<(error: Error) => void>();
  #pool: Promise<Tinypool> | undefined;
  #stopped = false;

  constructor(options: ThreadPlaceOptions) {
    this.#options = options;
    this.#slots = new PQueue({ concurrency: options.threads });
    this.#channel = new BroadcastChannel(`agentpar-${randomUUID()}`).unref();
    this.#channel.onmessage = ({ data }: { readonly data: unknown }) => options.onPrint(data as PrintedLine);
  }

  /** @throws the signal's reason once it fired; {ToolCrash} if the thread died */
  run(call: RemoteCall, signal: AbortSignal): Promise<RemoteReply> {
    return this.#slots.add(() => this.#runNow(call, signal), { signal });
  }

  async #runNow(call: RemoteCall, signal: AbortSignal): Promise<RemoteReply> {
    if (this.#stopped) throw STOPPED;
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    signal.throwIfAborted();
    const given = Promise.withResolvers<RemoteReply>();
    this.#running.add(given.reject);
    pool
      .run(call, { signal })
      .then(given.resolve, (error: unknown) => given.reject(this.#stopped ? STOPPED : crashOf(error)));
    this.#attend(pool);
    try {
      return await given.promise;
    } finally {
      this.#running.delete(given.reject);
      this.#attend(pool);
    }
  }

  async #open(): Promise<Tinypool> {
    const { Tinypool } = await import('tinypool');
    const { threads, memoryMb } = this.#options;
    const pool = new Tinypool({
      filename: ENTRY,
      name: 'runHere',
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
      // A thread that waits in its event loop notices what earlier calls left behind.
      useAtomics: false,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      workerData: this.#channel.name,
    });
    // Told when a thread dies that has no call: either it is replaced, or none could even start.
    pool.on('error', (error: unknown) => {
      if (pool.threads.length > 0) return;
      this.#pool = undefined;
      for (const fail of this.#running) fail(crashOf(error));
    });
    return pool;
  }

  /** Makes the pool notice threads that end without an error, by `process.exit`, which it does not by itself. */
  #attend(pool: Tinypool): void {
    for (const thread of pool.threads) {
      if (this.#alive.has(thread)) continue;
      this.#alive.add(thread);
      thread.once('exit', (code) => {
        this.#alive.delete(thread);
        if (pool.threads.includes(thread)) thread.emit('error', new ThreadExit(Number(code)));
        this.#attend(pool);
      });
    }
  }

  /** Stops all threads; what runs in them is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    const pool = await this.#pool;
    const exits = [...this.#alive].map(
      (thread) => new Promise<void>((resolve) => thread.once('exit', () => resolve())),
    );
    // A thread that is inside of a long system call cannot be stopped: nobody should wait for it.
    const tooLong = once(AbortSignal.timeout(DISPOSE_WITHIN_MS), 'abort');
    await Promise.race([Promise.all([pool?.destroy(), ...exits]), tooLong]);
    this.#channel.close();
  }
}

/** A thread ended with this exit code although nobody asked it to. */
class ThreadExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

function crashOf(error: unknown): ToolCrash {
  if (error instanceof ThreadExit) {
    return new ToolCrash(`its thread ended with exit code ${error.exitCode} before it answered`);
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new ToolCrash('its thread ran out of memory', { cause: error });
  return new ToolCrash(`its thread died of an error that nothing caught: ${messageOf(error)}`, { cause: error });
}
