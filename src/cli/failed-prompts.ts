import { UserError } from '../contract/errors.ts';
import type { EventOf } from '../contract/event.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { foldJournal, isFinished } from '../run/run-so-far.ts';
import { findRun } from './find-run.ts';

/** A run of which only some prompts are to be run again. */
export interface FailedPrompts {
  readonly directory: RunDirectory;
  readonly start: EventOf<'run_start'>;
  readonly ids: ReadonlySet<string>;
}

/**
 * The prompts of a run that ended otherwise than they should have. Those that it did not come to are for `agentpar resume`.
 *
 * @throws {UserError} if there is no such run, or nothing in it failed
 */
export async function failedPrompts(name: string): Promise<FailedPrompts> {
  const directory = await findRun(name);
  const soFar = await foldJournal(readJournal(directory.journal));
  if (!soFar) throw new UserError(`Cannot retry what failed in ${name}: it had not begun.`);
  const failed = [...soFar.conversations].filter(([, { status, isWrong }]) => isFinished(status) && isWrong);
  if (failed.length === 0) throw new UserError(`Cannot retry what failed in ${name}: nothing did.`);
  return { directory, start: soFar.start, ids: new Set(failed.map(([id]) => id)) };
}

/** Only those of the prompts that have one of the ids; an id that is no longer there is left out. */
export async function onlyPrompts(prompts: PromptSet, ids: ReadonlySet<string>): Promise<PromptSet> {
  async function* read() {
    for await (const prompt of prompts.read()) if (ids.has(prompt.id)) yield prompt;
  }
  let count = 0;
  for await (const _ of read()) count += 1;
  if (count === 0)
    throw new UserError('Cannot retry what failed: those prompts are no longer in the file.', { exitCode: 65 });
  return { ...prompts, count, read };
}
