import { UserError } from '../contract/errors.ts';
import type { EventOf } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { readJournal } from '../run/read-journal.ts';
import { recognizePrompts } from '../run/recognize-prompts.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { ConversationSoFar } from '../run/run-so-far.ts';
import { foldJournal } from '../run/run-so-far.ts';
import { findRun } from './find-run.ts';
import { secrets } from './secrets.ts';

/** A run of which only some prompts are to be run again. */
export interface FailedPrompts {
  readonly directory: RunDirectory;
  readonly start: EventOf<'run_start'>;
  /** All prompts that it began, by id. */
  readonly conversations: ReadonlyMap<string, ConversationSoFar>;
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
  const { start, conversations } = soFar;
  return { directory, start, conversations, ids: new Set(failed.map(([id]) => id)) };
}

/**
 * Only those of the prompts that failed: those with the text of one that did, wherever they stand now, and those with its
 * id if their text was changed. One that is no longer there is left out.
 */
export async function onlyFailed(prompts: PromptSet, { conversations, ids }: FailedPrompts): Promise<PromptSet> {
  const { recorded } = await recognizePrompts(conversations, prompts.read(), secrets.text);
  async function* read() {
    for await (const prompt of prompts.read()) if (ids.has(recorded.get(prompt.id) ?? prompt.id)) yield prompt;
  }
  let count = 0;
  for await (const _ of read()) count += 1;
  if (count === 0)
    throw new UserError('Cannot retry what failed: those prompts are no longer in the file.', { exitCode: 65 });
  return { ...prompts, count, read };
}
