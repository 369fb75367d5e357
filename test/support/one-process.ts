import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finished } from './run-agentpar.ts';
import { BIN } from './run-agentpar.ts';

type Answer = Finished & { readonly id: number };

/**
 * Has a command line run by the one process of the real program that the test files of a worker share, one line after
 * another. It is for lines of which it does not matter how their process begins and ends: that would be most of the work.
 * A file of tools is loaded once: one that changes needs processes of its own, as does what reads standard input.
 */
export const inOneProcess = openOneProcess();

/** Like `inOneProcess`, with a process of its own: what is secret in one line is kept out of all that follow. */
export function openOneProcess() {
  const waiting = new Map<number, PromiseWithResolvers<Finished>>();
  let child: ChildProcess | undefined;
  let ids = 0;
  const start = () => {
    const entry = join(import.meta.dirname, 'one-process-entry.mjs');
    const started = fork(entry, [pathToFileURL(BIN).href], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    started.on('message', ({ id, ...finished }: Answer) => {
      waiting.get(id)?.resolve(finished);
      waiting.delete(id);
    });
    started.on('exit', (code, signal) => {
      child = undefined;
      for (const { reject } of waiting.values()) reject(new Error(`the process ended by itself: ${signal ?? code}`));
      waiting.clear();
    });
    // It ends with the worker, and does not keep it.
    started.unref();
    started.channel?.unref();
    return started;
  };
  return (
    args: readonly string[],
    { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Finished> => {
    child ??= start();
    const id = ++ids;
    const answer = Promise.withResolvers<Finished>();
    waiting.set(id, answer);
    child.send({ id, args, cwd, env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env } });
    return answer.promise;
  };
}
