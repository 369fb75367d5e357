import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import { UserError } from '../contract/errors.ts';
import { listRunStates } from '../run/list-runs.ts';
import { recoverJournal } from '../run/recover-journal.ts';
import type { OnUncertain } from '../run/restore-conversation.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { openRunDirectory, RUNS } from '../run/run-directory.ts';
import { lockRun } from '../run/run-lock.ts';
import { execute } from './run-command.ts';
import { restoredOptions } from './run-setup.ts';
import { tell } from './tell.ts';

/** The options of `agentpar resume`. Everything else is as the run was started. */
export interface ResumeOptions {
  readonly concurrency?: number;
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
  const recovered = await recoverJournal(directory.journal, systemClock);
  if (!recovered) throw new UserError(`Cannot go on with ${directory.path}: it had not begun. Start it again.`);
  const { soFar, wasTorn } = recovered;
  if (wasTorn) tell(`The last line of ${directory.journal} was torn off by a crash, and was cut.`);
  if (soFar.isComplete) {
    tell(`Nothing is left to do in ${relative('', directory.path)}.`);
    return 0;
  }
  const { onUncertain, allowChanged = false, ...changes } = options;
  const { setup, files } = soFar.start;
  process.chdir(setup.cwd);
  return await execute(
    files,
    { ...restoredOptions(setup), ...changes },
    { directory, soFar, onUncertain, allowChanged },
  );
}

/** Paths stay right when the directory that the run was started in is gone back to. */
async function findRun(name: string | undefined): Promise<RunDirectory> {
  if (name !== undefined) {
    const path = [name, join(RUNS, name)].find((each) => existsSync(join(each, 'journal.jsonl')));
    if (path !== undefined) return openRunDirectory(resolve(path));
    throw new UserError(`Cannot go on with ${name}: there is no journal in it. See what there is: agentpar runs`);
  }
  let latest: RunDirectory | undefined;
  for await (const { state, directory } of listRunStates()) if (state === 'unfinished') latest = directory;
  if (latest) return openRunDirectory(resolve(latest.path));
  throw new UserError('Cannot go on: no run here is unfinished. See what there is: agentpar runs');
}
