import { CommanderError } from 'commander';
import { UserError } from '../contract/errors.ts';
import { endProcess, refuseExit } from './end-process.ts';
import { loadEnvironment } from './load-environment.ts';
import { print } from './output.ts';
import { createProgram } from './program.ts';
import { keepEnvironmentSecret } from './secrets.ts';
import { prepareStandardStreams, stderr, stdout } from './standard-streams.ts';
import { tell } from './tell.ts';

const USAGE = 2;
const BUG = 70;
const INPUT_OUTPUT = 74;
/** How long standard error has for what it was told last, if nobody reads it. */
const LAST_WORDS_MS = 1000;

/** Runs the command that the process was started with, and ends the process with the exit code that it came to. */
export async function main(): Promise<void> {
  let exitCode: number;
  refuseExit();
  prepareStandardStreams();
  keepEnvironmentSecret(process.env);
  try {
    if (loadEnvironment()) keepEnvironmentSecret(process.env);
    exitCode = await runCommand(process.argv);
  } catch (error) {
    exitCode = explain(error);
  }
  process.exitCode = exitCode;
  // What a user's tool left running (a timer, a socket) must not keep the process alive.
  stderr.write('', () => endProcess(exitCode));
  setTimeout(() => endProcess(exitCode), LAST_WORDS_MS).unref();
}

async function runCommand(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  let help = '';
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  const showHelp = (text: string) => {
    help += text;
  };
  const program = createProgram(setExitCode, showHelp, argv[2]);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    exitCode = await print(stdout, (write) => write(help));
  }
  return exitCode;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return USAGE;
  if (error instanceof UserError) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof Error && 'syscall' in error) {
    tell(`Cannot go on: ${error.message}.`);
    return INPUT_OUTPUT;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell(`agentpar failed, and that is a bug in it:\n${stack}`);
  return BUG;
}
