import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import { UserError } from '../contract/errors.ts';
import { readJournal } from '../run/read-journal.ts';
import { readLines } from '../run/read-lines.ts';
import { recoverJournal } from '../run/recover-journal.ts';
import type { OnUncertain } from '../run/restore-conversation.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { lockRun } from '../run/run-lock.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import { NOT_AS_EXPECTED, UNANSWERED } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { execute } from './prepare-run.ts';
import { restoredOptions } from './restored-options.ts';
import { tell } from './tell.ts';

/** The options of `agentpar resume`. Everything else is as the run was started. */
export interface ResumeOptions {
  readonly concurrency?: number;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxTime?: number;
  readonly onUncertain: OnUncertain;
  readonly allowChanged?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
}

/**
 * `agentpar resume`: goes on with a run where its journal ends. Returns the exit code.
 *
 * @throws {UserError} with exit code 73 if a process works on it, 65 if its journal is damaged or its inputs have changed
 */
export async function resumeRun(name: string | undefined, options: ResumeOptions): Promise<number> {
  const directory = await findRun(name);
  using _lock = lockRun(directory.path);
  await checkOptions(directory);
  const recovered = await recoverJournal(directory.journal, systemClock);
  if (!recovered) throw new UserError(`Cannot go on with ${directory.path}: it had not begun. Start it again.`);
  const { soFar, wasTorn } = recovered;
  if (wasTorn) tell(`The last line of ${directory.journal} was torn off by a crash, and was cut.`);
  const { onUncertain, allowChanged = false, ...changes } = options;
  const { setup, files } = soFar.start;
  const restored = restoredOptions(soFar.start);
  if (soFar.isComplete && (await hasRows(directory, soFar)) && hasAnswers(directory, setup.cwd, restored.output)) {
    tell(`Nothing is left to do in ${directory.shown}.`);
    return exitCodeOfAll(soFar);
  }
  goTo(setup.cwd);
  return await execute(files, { ...restored, ...changes }, { directory, soFar, onUncertain, allowChanged });
}

/** If that directory has moved, files are looked for from here: their fingerprints say whether they are the run's. */
function goTo(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    tell(`Cannot change to ${directory}, where the run was started: its files are looked for from here.`);
  }
}

/** Before anything is changed. @throws {UserError} with exit code 65 */
async function checkOptions({ journal }: RunDirectory): Promise<void> {
  for await (const event of readJournal(journal)) {
    if (event.kind === 'run_start') restoredOptions(event);
    return;
  }
}

/** What the run came to, but for its thresholds. */
function exitCodeOfAll({ conversations }: RunSoFar): number {
  const wrong = [...conversations.values()].filter(({ isWrong }) => isWrong);
  if (wrong.length === 0) return 0;
  return wrong.some(({ status }) => status !== 'done') ? UNANSWERED : NOT_AS_EXPECTED;
}

/** Of rows that the journal tells of some may have been lost with the power, or by whoever had the file. */
async function hasRows({ results }: RunDirectory, { conversations }: RunSoFar): Promise<boolean> {
  if (!existsSync(results)) return false;
  let rows = 0;
  for await (const { isWhole } of readLines(results)) if (isWhole) rows += 1;
  return rows === conversations.size;
}

/** The answers are written after the run's last event: a crash or a full disk may have come between. */
function hasAnswers({ journal }: RunDirectory, cwd: string, output: string | undefined): boolean {
  if (output === undefined) return true;
  const answers = statSync(resolve(cwd, output), { throwIfNoEntry: false });
  return answers !== undefined && answers.mtimeMs >= statSync(journal).mtimeMs;
}
