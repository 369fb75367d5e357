import { CommanderError } from 'commander';
import { UserError } from '../contract/errors.ts';
import { loadEnvironment } from './load-environment.ts';
import { createProgram } from './program.ts';

const USAGE = 2;
const BUG = 70;

/** Runs the command that the process was started with, and ends the process with the exit code that it came to. */
export async function main(): Promise<void> {
  let exitCode: number;
  try {
    loadEnvironment();
    exitCode = await runCommand(process.argv);
  } catch (error) {
    exitCode = explain(error);
  }
  process.exitCode = exitCode;
  // What a user's tool left running (a timer, a socket) must not keep the process alive.
  process.stderr.write('', () => process.exit(exitCode));
}

async function runCommand(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  await program.parseAsync(argv);
  return exitCode;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`agentpar failed, and that is a bug in it:\n${stack}\n`);
  return BUG;
}
