import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The program's entry, as npm would link it. */
export const BIN = resolve(import.meta.dirname, '../../bin/agentpar.js');

/** Spares the engine a tenth of its work at a start: it need not find out how much room new objects take. */
const ROOM_TO_START = '--min-semi-space-size=16';

/** What a finished process left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of a test's own, with the given files, gone when disposed of. */
export function workspace(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const path = mkdtempSync(join(tmpdir(), 'agentpar-test-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** How the real program is started. */
interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A command that runs the program, which is added to its arguments. */
  readonly under?: readonly string[];
}

/** Starts the real program; without keys, colours or a terminal unless `env` says so. */
export function startAgentpar(args: readonly string[], options: StartOptions) {
  const [command = '', ...rest] = [...(options.under ?? []), process.execPath, ROOM_TO_START, BIN, ...args];
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: options.cwd, ...options.env },
    stdio: 'pipe',
  });
  child.stdin.end(options.input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  /** Resolves when standard output matches. */
  const shows = (pattern: RegExp) =>
    new Promise<void>((done, fail) => {
      const look = () => pattern.test(stdout) && done();
      child.stdout.on('data', look);
      child.on('close', () => fail(new Error(`it ended without showing ${pattern}:\n${stdout}${stderr}`)));
      look();
    });
  return { child, finished, shows, output: () => stdout, errors: () => stderr };
}

/** Runs the real program to its end. */
export function agentpar(...call: Parameters<typeof startAgentpar>): Promise<Finished> {
  return startAgentpar(...call).finished;
}
