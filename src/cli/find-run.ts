import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../contract/errors.ts';
import { listRunStates } from '../run/list-runs.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { openRunDirectory, RUNS } from '../run/run-directory.ts';

/**
 * The run of that directory or name; without one the latest that is unfinished. Its paths are absolute, so that they stay
 * right in another directory.
 *
 * @throws {UserError} if there is none
 */
export async function findRun(name: string | undefined): Promise<RunDirectory> {
  if (name !== undefined) return findNamedRun(name);
  let latest: RunDirectory | undefined;
  for await (const { state, directory } of listRunStates()) if (state === 'unfinished') latest = directory;
  if (latest) return openRunDirectory(resolve(latest.path));
  throw new UserError('Cannot go on: no run here is unfinished. See what there is: agentpar runs');
}

/**
 * The run of that directory or name, in whatever state; without one the latest in the default place.
 *
 * @throws {UserError} if there is none
 */
export function findAnyRun(name: string | undefined): RunDirectory {
  if (name !== undefined) return findNamedRun(name);
  const names = existsSync(RUNS) ? readdirSync(RUNS).toSorted() : [];
  const latest = names.findLast((each) => existsSync(join(RUNS, each, 'journal.jsonl')));
  if (latest !== undefined) return openRunDirectory(resolve(RUNS, latest));
  throw new UserError('Cannot find a run: there is none here yet. Start one: agentpar run prompts.txt');
}

function findNamedRun(name: string): RunDirectory {
  const path = [name, join(RUNS, name)].find((each) => existsSync(join(each, 'journal.jsonl')));
  if (path !== undefined) return openRunDirectory(resolve(path));
  throw new UserError(`Cannot use the run ${name}: there is no journal in it. See what there is: agentpar runs`);
}
