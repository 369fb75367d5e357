import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../contract/clock.ts';
import type { Reaper } from '../reaper.ts';
import { lastLinesOf } from './last-lines.ts';
import type { StdioServer } from './server-config.ts';

/** What starting and ending a server's process needs from outside. */
export interface ProcessDeps {
  readonly clock: Clock;
  readonly reaper: Reaper;
  /** What every server may see of this process's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long a server may take to end by itself once its input has ended, then to heed SIGTERM, then to vanish. */
const CLOSE_MS = 500;
const TERMINATE_MS = 1000;
const KILL_MS = 100;
const LOOK_AGAIN_MS = 20;
/** How long its last words may take to arrive once it has ended. */
const DRAIN_MS = 200;

const HAS_GROUPS = process.platform !== 'win32';

/**
 * Starts a server's process as the leader of a process group of its own, so that a Ctrl-C in the terminal does not
 * reach it and its children can be ended with it.
 *
 * @throws {Error} with what goes on from the server's name, if there is no such command or directory
 */
export async function startProcess(server: StdioServer, deps: ProcessDeps): Promise<ServerProcess> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(server.command, [...server.args], {
      stdio: 'pipe',
      env: { ...deps.environment, ...server.env, ...deps.reaper.mark() },
      detached: HAS_GROUPS,
      windowsHide: true,
      ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
    });
  } catch (error) {
    throw new Error(whyNotStarted(server, error as NodeJS.ErrnoException));
  }
  const { pid } = child;
  if (pid !== undefined && HAS_GROUPS) deps.reaper.watch(pid);
  child.once('spawn', resolve);
  child.on('error', (error) => reject(new Error(whyNotStarted(server, error))));
  await promise;
  return new ServerProcess(child, pid ?? 0, deps);
}

function whyNotStarted({ command, cwd }: StdioServer, { code, message }: NodeJS.ErrnoException): string {
  if (code !== 'ENOENT') return `cannot be run (${message})`;
  if (cwd !== undefined && !existsSync(cwd)) return `cannot be run: there is no directory ${JSON.stringify(cwd)}`;
  return `cannot be run: there is no command ${JSON.stringify(command)}`;
}

/** A running server: the leader of a process group. */
export class ServerProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The last few lines on its standard error. */
  readonly lastWords: () => string;
  /** How it ended, once it has and all it wrote was read: `ended with exit code 1`, say. */
  readonly closed: Promise<string>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #group: number;
  readonly #deps: ProcessDeps;
  readonly #exited: Promise<void>;
  #ending: Promise<void> | undefined;
  #reason: string | undefined;

  constructor(child: ChildProcessWithoutNullStreams, group: number, deps: ProcessDeps) {
    this.#child = child;
    this.#group = group;
    this.#deps = deps;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.lastWords = lastLinesOf(child.stderr);
    this.stdin.on('error', () => {});
    this.stdout.on('error', () => {});
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // What it left behind could hold the streams open for ever.
    const over = this.#exited.then(() => this.#within(DRAIN_MS, closed));
    this.closed = Promise.race([closed, over]).then(() => {
      this.stdout.destroy();
      this.#child.stderr.destroy();
      if (this.#reason !== undefined) return this.#reason;
      const { exitCode, signalCode } = child;
      return signalCode === null ? `ended with exit code ${exitCode}` : `was ended by ${signalCode}`;
    });
  }

  /** Ends it and its group: closes its input, asks, then insists. Returns when none of them is left. */
  end(reason?: string): Promise<void> {
    if (!this.#hasExited) this.#reason ??= reason;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(): Promise<void> {
    this.stdin.end();
    await this.#within(CLOSE_MS, this.#exited);
    if (!this.#hasExited) this.#reason ??= 'closed its input or output without ending';
    if (this.#signal('SIGTERM') && !(await this.#isGone(TERMINATE_MS))) {
      this.#signal('SIGKILL');
      await this.#isGone(KILL_MS);
    }
    await this.#exited;
    if (HAS_GROUPS) this.#deps.reaper.forget(this.#group);
  }

  /** Whether there was anyone to be told. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (!HAS_GROUPS) return this.#child.kill(signal);
    try {
      return process.kill(-this.#group, signal);
    } catch {
      return false;
    }
  }

  /** Whether the group's last process ends within the time; no event tells of any but the leader's. */
  async #isGone(withinMs: number): Promise<boolean> {
    const { clock } = this.#deps;
    const deadline = clock.now() + withinMs;
    while (this.#signal(0)) {
      if (clock.now() >= deadline) return false;
      await this.#within(LOOK_AGAIN_MS, new Promise(() => {}));
    }
    return true;
  }

  #within(ms: number, event: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(ms, resolve);
    event.then(resolve);
    return promise.finally(cancel);
  }
}
