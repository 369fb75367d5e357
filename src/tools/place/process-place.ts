import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { ownFile } from '../../contract/own-file.ts';
import { isSecretName } from '../../contract/secret-name.ts';
import { createReaper } from '../reaper.ts';
import { PrintedLines } from './printed-lines.ts';
import type { ProcessCall } from './process-call.ts';
import { LIFELINE, OUT_OF_MEMORY } from './process-call.ts';
import type { PrintedLine, RemoteCall, RemoteReply } from './remote-call.ts';
import { STOPPED, ToolCrash } from './tool-crash.ts';

const ENTRY = fileURLToPath(ownFile('tools/place/process-entry'));
/** What a process needs beside the JavaScript objects in it. */
const OVERHEAD_MB = 256;
const LAST_WORDS_WITHIN_MS = 500;

/** What the processes may use up, what they are told of the environment, and who is told what they print. */
export interface ProcessPlaceOptions {
  /** Processes at once. */
  readonly processes: number;
  /** What JavaScript objects may take up in each; the whole process may use 256 MB more. */
  readonly memoryMb: number;
  /** Handed on without the variables whose names end in KEY, TOKEN, SECRET or PASSWORD. */
  readonly environment: Environment;
  readonly onPrint: (printed: PrintedLine) => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs each call in a process of its own, which leads a process group: neither it nor what it starts outlives the call,
 * or this process. What leaves the group ends with the place.
 */
export class ProcessPlace implements AsyncDisposable {
  readonly #options: ProcessPlaceOptions;
  readonly #slots: PQueue;
  readonly #children = new Set<ChildProcess>();
  readonly #reaper = createReaper();
  #stopped = false;

  constructor(options: ProcessPlaceOptions) {
    this.#options = options;
    this.#slots = new PQueue({ concurrency: options.processes });
  }

  /** @throws the signal's reason once it fired; {ToolCrash} if the process died */
  run(call: RemoteCall, signal: AbortSignal): Promise<RemoteReply> {
    return this.#slots.add(() => this.#runNow(call, signal), { signal });
  }

  async #runNow(call: RemoteCall, signal: AbortSignal): Promise<RemoteReply> {
    if (this.#stopped) throw STOPPED;
    const { memoryMb, onPrint } = this.#options;
    const child = this.#start();
    const lastWords = listen(child, (line) => onPrint({ toolName: call.toolName, line }));
    const { promise, resolve, reject } = Promise.withResolvers<RemoteReply>();
    child.once('message', (reply) => resolve(reply as RemoteReply));
    child.on('error', (error) => reject(new ToolCrash(`its process could not be started: ${error.message}`)));
    child.once('exit', async (code, signalName) => {
      endGroup(child);
      await Promise.race([once(child, 'close'), delay(LAST_WORDS_WITHIN_MS)]);
      if (this.#stopped) reject(STOPPED);
      else if (lastWords.outOfMemory) reject(new ToolCrash(`its process ran out of memory (${memoryMb} MB)`));
      else if (signalName) reject(new ToolCrash(`its process was ended by ${signalName}`));
      else reject(new ToolCrash(`its process ended with exit code ${code} before it answered`));
    });
    const onAbort = () => {
      reject(signal.reason);
      endGroup(child);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const message: ProcessCall = { call, memoryBytes: (memoryMb + OVERHEAD_MB) * 2 ** 20 };
    // A process that is gone before it was sent anything is told of by its exit.
    child.send(message, () => {});
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      endGroup(child);
    }
  }

  #start(): ChildProcess {
    const { memoryMb, environment } = this.#options;
    // Few runs have such tools.
    const { fork } = process.getBuiltinModule('node:child_process');
    const child = fork(ENTRY, [], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      env: { ...withoutSecrets(environment), ...this.#reaper.mark() },
      execArgv: [`--max-old-space-size=${memoryMb}`, '--disable-warning=ExperimentalWarning'],
    });
    if (child.pid !== undefined) {
      this.#children.add(child);
      child.once('exit', () => this.#children.delete(child));
    }
    return child;
  }

  /** Ends all processes; what runs in them is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    const exits = [...this.#children].map((child) => once(child, 'exit'));
    for (const child of this.#children) endGroup(child);
    await Promise.all(exits);
    this.#reaper[Symbol.dispose]();
  }
}

function withoutSecrets(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isSecretName(name)));
}

/** Where the engine begins to write out what it knows of its own end: of no use to whoever reads the log. */
const DUMP = /^(<--- (Last few GCs|JS stacktrace) --->|FATAL ERROR:|----- Native stack trace -----)/;

/** Tells what a process prints, line by line, and remembers whether it ran out of memory. */
function listen(child: ChildProcess, tell: (line: string) => void): { readonly outOfMemory: boolean } {
  const lastWords = { outOfMemory: false };
  let dumping = false;
  const printed = new PrintedLines((line) => {
    dumping ||= DUMP.test(line);
    lastWords.outOfMemory ||= dumping && line.includes('heap out of memory');
    if (!dumping) tell(line);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.add(text));
  }
  child.stdio[LIFELINE]?.on('data', (text: Buffer) => {
    lastWords.outOfMemory ||= text.includes(OUT_OF_MEMORY);
  });
  child.once('close', () => printed.end());
  return lastWords;
}

/** Ends a process and all that it started, if there is anything left of it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
