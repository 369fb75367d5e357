import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../contract/errors.ts';

/** Where a run keeps what it writes. */
export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  readonly journal: string;
  readonly results: string;
  /** What came in on standard input, if prompts did. */
  readonly input: string;
}

/**
 * Makes the directory of a run, readable by its owner alone: the given one, which must be empty or absent, or
 * `.agentpar/runs/<time>-<name>` after the first prompts file.
 *
 * @throws {UserError} if it is taken or cannot be made
 */
export function createRunDirectory(given: string | undefined, promptsFile: string, date: Date): RunDirectory {
  const path = given ?? freeDefault(promptsFile, date);
  try {
    if (given === undefined) makeIgnoredRoot();
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const taken = readdirSync(path).length > 0;
    if (taken) throw new UserError(`Cannot use ${path} for the run: it is not empty. Name another one with --out.`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot make the run directory ${path}: ${why}. Name another one with --out.`, {
      exitCode: 74,
      cause: error,
    });
  }
  return openRunDirectory(path);
}

/** A run's directory that is there already. */
export function openRunDirectory(path: string): RunDirectory {
  return {
    id: basename(path),
    path,
    journal: join(path, 'journal.jsonl'),
    results: join(path, 'results.jsonl'),
    input: join(path, 'stdin'),
  };
}

const ROOT = '.agentpar';

/** Where runs are kept that are told no other place. */
export const RUNS = join(ROOT, 'runs');

function freeDefault(promptsFile: string, date: Date): string {
  const time = date.toISOString().replace(/\..*/, '').replaceAll(/[-:]/g, '').replace('T', '-');
  const name =
    basename(promptsFile)
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .slice(0, 40) || 'run';
  const path = join(RUNS, `${time}-${name}`);
  if (!existsSync(path)) return path;
  for (let number = 2; ; number++) if (!existsSync(`${path}-${number}`)) return `${path}-${number}`;
}

/** Runs hold prompts and answers, which do not belong in a repository. */
function makeIgnoredRoot(): void {
  const ignore = join(ROOT, '.gitignore');
  mkdirSync(dirname(ignore), { recursive: true, mode: 0o700 });
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: 0o600 });
}
