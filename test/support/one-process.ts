import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import type { Finished } from './run-agentpar.ts';
import { BIN } from './run-agentpar.ts';

type Answer = Finished & { readonly id: number };

/**
 * Has all command lines of a test file run by one process of the real program, one after another. It is for those that
 * ask no model: for them, starting a process would be nearly all there is to do. A file of tools is loaded once: one
 * that changes needs processes of its own.
 */
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
    started.on('message', ({ id, ...finished }: Answer) => waiting.get(id)?.resolve(finished));
    started.on('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`the process ended by itself: ${signal ?? code}`));
    });
    return started;
  };
  afterAll(() => void child?.kill('SIGKILL'));
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
