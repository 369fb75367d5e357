import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../contract/errors.ts';
import type { RunCounts } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';
import { readJournal } from './read-journal.ts';
import type { RunDirectory } from './run-directory.ts';
import { openRunDirectory, RUNS } from './run-directory.ts';
import { isLocked } from './run-lock.ts';
import { foldJournal } from './run-so-far.ts';

/** How a run stands. */
export interface RunState {
  readonly directory: RunDirectory;
  /** `damaged`: its journal cannot be read; `problem` says why. */
  readonly state: 'running' | 'finished' | 'unfinished' | 'damaged';
  readonly files: readonly string[];
  readonly model: string;
  readonly startedAt: string;
  readonly counts: Omit<RunCounts, 'cancelled'>;
  readonly tokens: number;
  /** At list price; nothing if a model had no price. */
  readonly costUsd: number | null;
  readonly problem?: string;
}

/** All runs in the default place, the oldest first. Reads their journals, and changes nothing. */
export async function* listRunStates(): AsyncGenerator<RunState, void, void> {
  if (!existsSync(RUNS)) return;
  for (const name of readdirSync(RUNS).toSorted()) {
    const directory = openRunDirectory(join(RUNS, name));
    if (existsSync(directory.journal)) yield await stateOf(directory);
  }
}

/** How one run stands, by its journal. */
async function stateOf(directory: RunDirectory): Promise<RunState> {
  const counts = { done: 0, failed: 0, notStarted: 0 };
  const nothing = { directory, files: [], model: '', startedAt: '', counts, tokens: 0, costUsd: null };
  try {
    const soFar = await foldJournal(readJournal(directory.journal));
    if (!soFar) return { ...nothing, state: 'damaged', problem: 'its journal is empty' };
    const { start, conversations, count, isComplete, tokens, costUsd } = soFar;
    const statuses = [...conversations.values()].map(({ status }) => status).filter((status) => isFinished(status));
    const done = statuses.filter((status) => status === 'done').length;
    const failed = statuses.length - done;
    return {
      directory,
      state: isLocked(directory.path) ? 'running' : isComplete ? 'finished' : 'unfinished',
      files: start.files,
      model: start.model,
      startedAt: start.startedAt,
      counts: { done, failed, notStarted: count - statuses.length },
      tokens,
      costUsd: costUsd === undefined ? null : costUsd,
    };
  } catch (error) {
    return { ...nothing, state: 'damaged', problem: messageOf(error) };
  }
}
