import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { messageOf, UserError } from '../contract/errors.ts';
import { refuseLocked } from './run-lock.ts';

/** Where a run keeps what it writes. */
export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  /** The path from where the process was when it was opened: how a person names it there. */
  readonly shown: string;
  readonly journal: string;
  /** The journal's path, likewise. */
  readonly shownJournal: string;
  readonly results: string;
  /** What came in on standard input, if prompts did. */
  readonly input: string;
}

/**
 * Makes the directory of a run, readable by its owner alone: the given one, which must be empty, absent, or left by a run
 * that was killed before it had begun, or `.agentpar/runs/<time>-<name>` after the first prompts file.
 *
 * @throws {UserError} if it is taken or cannot be made; with exit code 73 if a living process works on a run in it
 */
export function createRunDirectory(given: string | undefined, promptsFile: string, date: Date): RunDirectory {
  const path = orSay(given ?? RUNS, 'run', () =>
    given === undefined ? makeFree(promptsFile, date) : take(given, 'run'),
  );
  return openRunDirectory(path);
}

/** Of several processes that choose the same name at once, one has it. */
function makeFree(promptsFile: string, date: Date): string {
  makeIgnoredRoot();
  makeWithParents(RUNS);
  for (;;) {
    const path = freeDefault(RUNS, promptsFile, date);
    try {
      mkdirSync(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if (!existsSync(path)) throw error;
    }
  }
}

/** The directory of a benchmark, in which its runs have theirs. */
export interface BenchDirectory {
  readonly path: string;
  /**
   * Makes it, readable by its owner alone.
   *
   * @throws {UserError} if it is taken or cannot be made
   */
  make(): void;
}

/** The given directory, which must be empty or absent, or `.agentpar/bench/<time>-<name>` after the first prompts file. */
export function planBenchDirectory(given: string | undefined, promptsFile: string, date: Date): BenchDirectory {
  const path = given ?? freeDefault(BENCHES, promptsFile, date);
  const make = () => {
    if (given === undefined) makeIgnoredRoot();
    return take(path, 'benchmark');
  };
  return { path, make: () => void orSay(path, 'benchmark', make) };
}

/** Makes a directory and all above it. Node's `recursive` never returns where nothing can be made, such as below `/proc`. */
function makeWithParents(path: string): void {
  if (existsSync(path)) return;
  makeWithParents(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** Removes what a run left that was killed before it had begun. Only the holder of the directory's lock may do so. */
export function clearUnbegun({ journal, results, input }: RunDirectory): void {
  for (const path of [journal, results, input]) rmSync(path, { force: true });
}

/** A run's directory that is there already. */
export function openRunDirectory(path: string): RunDirectory {
  const journal = join(path, 'journal.jsonl');
  return {
    id: basename(path),
    path,
    shown: relative('', path) || '.',
    journal,
    shownJournal: relative('', journal),
    results: join(path, 'results.jsonl'),
    input: join(path, 'stdin'),
  };
}

function take(path: string, what: string): string {
  makeWithParents(path);
  refuseLocked(path);
  if (isTaken(path))
    throw new UserError(`Cannot use ${path} for the ${what}: it is not empty. Name another one with --out.`);
  return path;
}

function orSay(path: string, what: string, make: () => string): string {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const why = messageOf(cause);
    throw new UserError(`Cannot make the ${what} directory ${path}: ${why}. Name another one with --out.`, {
      exitCode: 74,
      cause,
    });
  }
}

function isTaken(path: string): boolean {
  const { journal, results, input } = openRunDirectory(path);
  const own = [journal, results, input].map((file) => basename(file));
  const isForeign = (name: string) => !own.includes(name) && !name.startsWith('lock');
  return readdirSync(path).some(isForeign) || hasBegun(journal);
}

/** A run has begun once its first event is whole. */
function hasBegun(journal: string): boolean {
  if (!existsSync(journal)) return false;
  const file = openSync(journal, 'r');
  try {
    const start = Buffer.alloc(LONGEST_START);
    const length = readSync(file, start);
    return length === LONGEST_START || start.subarray(0, length).includes('\n');
  } finally {
    closeSync(file);
  }
}

const LONGEST_START = 1024 * 1024;

const ROOT = '.agentpar';

/** Where runs are kept unless they are told another place. */
export const RUNS = join(ROOT, 'runs');
const BENCHES = join(ROOT, 'bench');

/** A moment as names of directories begin with it, in UTC: `20261120-154832`. */
export function showTimestamp(date: Date): string {
  return date.toISOString().replace(/\..*/, '').replaceAll(/[-:]/g, '').replace('T', '-');
}

function freeDefault(root: string, promptsFile: string, date: Date): string {
  const name =
    basename(promptsFile)
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'run';
  const path = join(root, `${showTimestamp(date)}-${name}`);
  if (!existsSync(path)) return path;
  for (let number = 2; ; number++) if (!existsSync(`${path}-${number}`)) return `${path}-${number}`;
}

/** Runs hold prompts and answers, which do not belong in a repository. */
function makeIgnoredRoot(): void {
  const ignore = join(ROOT, '.gitignore');
  makeWithParents(dirname(ignore));
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: 0o600 });
}
