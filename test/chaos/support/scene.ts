import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finished } from '../../support/run-agentpar.ts';
import { startAgentpar, workspace } from '../../support/run-agentpar.ts';
import type { Case } from './cases.ts';
import type { ProviderRow } from './ledgers.ts';
import type { Provider } from './provider.ts';

/** Values that may be in no file and no output of a run, although a tool returns one of them. */
export const CANARIES = {
  OPENAI_API_KEY: 'sk-canary-4f1c9e',
  GEMINI_API_KEY: 'AIza-canary-77ab02',
  CHAOS_TOKEN: 'canary-token-d05e31',
} as const;

/** What the program exits with when it cannot write. */
const DISK_FULL = 74;

/** Where the program itself has Node keep what is compiled. */
const NODE_COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

const HERE = import.meta.dirname;
const HOOK = pathToFileURL(join(HERE, 'kill-at-write.ts')).href;

/** What a scene is made of. */
export interface SceneOptions {
  readonly cases: readonly Case[];
  readonly concurrency: number;
  readonly vendor: 'openai' | 'gemini';
  readonly provider: Provider;
  /** Beside what every run is given. */
  readonly args?: readonly string[];
}

/**
 * A kill before a write to the journal, in its middle, or after it; or a disk that is full from that write on; or a kill
 * before a change of any kind to the run's directory.
 */
export interface KillAtWrite {
  readonly part: 'before' | 'within' | 'after' | 'full' | 'change';
  /** From 1. */
  readonly write: number;
}

/** When a process is killed: at a write to its journal, or some time after it was started or first wrote something. */
export type Kill = KillAtWrite | { readonly since: 'start' | 'output'; readonly ms: number };

/** How one process of a run ended. */
interface Attempt extends Finished {
  /** Or stopped by a full disk. */
  readonly killed: boolean;
  /** The last event that it left in the journal, or that it left half of a line. */
  readonly phase: string;
}

/** A workspace with prompts, and all processes that have worked on its one run. */
export interface Scene extends Disposable {
  readonly path: string;
  readonly options: SceneOptions;
  readonly attempts: readonly Attempt[];
  /** What the provider was asked. */
  requests(): readonly ProviderRow[];
  /** Starts the run, or goes on with it once it has begun, until it ends or is killed. */
  attempt(kill?: Kill): Promise<Attempt>;
}

/** Makes a scene; disposing of it removes its files. */
export function openScene(options: SceneOptions): Scene {
  const { cases, provider, vendor } = options;
  const files = workspace({ 'prompts.txt': cases.map(({ prompt }) => prompt).join('\n') });
  const name = basename(files.path);
  const env = environment(vendor, provider.originFor(name));
  const attempts: Attempt[] = [];
  return {
    path: files.path,
    options,
    attempts,
    requests: () => provider.rowsOf(name),
    attempt: async (kill) => {
      const done = await attempt(files.path, options, env, kill);
      attempts.push(done);
      return done;
    },
    [Symbol.dispose]: files[Symbol.dispose],
  };
}

function environment(vendor: SceneOptions['vendor'], origin: string): Readonly<Record<string, string>> {
  const { OPENAI_API_KEY, GEMINI_API_KEY, CHAOS_TOKEN } = CANARIES;
  return vendor === 'gemini'
    ? { CHAOS_TOKEN, GEMINI_API_KEY, GOOGLE_GEMINI_BASE_URL: origin, AGENTPAR_MODEL: 'gemini/chaos' }
    : { CHAOS_TOKEN, OPENAI_API_KEY, OPENAI_BASE_URL: `${origin}/v1`, AGENTPAR_MODEL: 'openai/chaos' };
}

async function attempt(
  cwd: string,
  { concurrency, args = [] }: SceneOptions,
  env: Readonly<Record<string, string>>,
  kill: Kill | undefined,
): Promise<Attempt> {
  const journal = join(cwd, 'out/journal.jsonl');
  const hasBegun = existsSync(journal) && readFileSync(journal, 'utf8').includes('\n');
  const command = hasBegun
    ? ['resume', 'out']
    : ['run', 'prompts.txt', '--out', 'out', '-j', String(concurrency), '--tools', resolve(HERE, 'tools.ts'), ...args];
  const hook = kill && 'write' in kill ? hookFor(kill) : {};
  const { child, finished } = startAgentpar(command, { cwd, env: { ...env, ...hook } });
  if (kill && 'since' in kill) {
    const end = () => setTimeout(() => child.kill('SIGKILL'), kill.ms);
    if (kill.since === 'start') end();
    else child.stdout.once('data', end);
  }
  const done = await finished;
  return { ...done, killed: child.signalCode === 'SIGKILL' || done.code === DISK_FULL, phase: phaseOf(journal) };
}

function hookFor({ part, write }: KillAtWrite): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${HOOK} --no-warnings`, KILL_AT_WRITE: `${part} ${write}`, NODE_COMPILE_CACHE };
}

function phaseOf(journal: string): string {
  if (!existsSync(journal)) return 'no journal';
  const lines = readFileSync(journal, 'utf8').split('\n');
  if (lines.at(-1) !== '') return 'half a line';
  const last = lines.at(-2);
  return last === undefined ? 'empty journal' : String((JSON.parse(last) as { kind: string }).kind);
}
