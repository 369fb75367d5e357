import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case } from './cases.ts';
import type { ProviderRow, ToolRow } from './ledgers.ts';
import { readLedger } from './ledgers.ts';
import type { Scene } from './scene.ts';
import { CANARIES } from './scene.ts';

/** What a run owes whoever starts it, whatever happens. */
export const PROMISES = {
  ends: 'it comes to its end without an error',
  rows: 'each prompt has one row, and the answer is the right one',
  once: 'no call that may be done once is done twice, and none is missing without being listed as uncertain',
  billed: 'no more responses are billed again than there were crashes times conversations at once',
  cap: 'there are never more requests at once than conversations may run',
  processes: 'no process is left behind',
  secrets: 'no secret is in any file or output',
} as const;

/** Something that a run owed and did not keep. */
interface Violation {
  readonly promise: keyof typeof PROMISES;
  readonly what: string;
}

/** What came of a scene: what was found wrong, and its figures. */
export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

/** The figures of a scene. */
export interface Figures {
  readonly crashes: number;
  /** How many crashes left the journal with which last event. */
  readonly phases: Readonly<Record<string, number>>;
  /** Requests, and those that were answered without a fault. */
  readonly requests: number;
  readonly successes: number;
  /** Responses that were asked for although an earlier request for the same was not made to fail. */
  readonly rebilled: number;
  readonly mostAtOnce: number;
  readonly uncertain: number;
  /** Side effects of tools that may be repeated which were. */
  readonly repeated: number;
}

interface Row {
  readonly index: number;
  readonly status: string;
  readonly answer: string;
  readonly error: string | null;
  readonly uncertain?: readonly string[];
}

/** Judges a run that has come to its end by what the provider, the tools and the results say; never by the journal. */
export async function check(scene: Scene): Promise<Verdict> {
  const effects = readLedger<ToolRow>(join(scene.path, 'tools.jsonl'));
  const { rows, unreadable } = readRows(join(scene.path, 'out/results.jsonl'));
  const crashes = scene.attempts.filter(({ killed }) => killed);
  const figures: Figures = {
    crashes: crashes.length,
    phases: countBy(crashes.map(({ phase }) => phase)),
    ...requestFigures(scene.requests()),
    uncertain: rows.reduce((sum, { uncertain = [] }) => sum + uncertain.length, 0),
    repeated: repeats(effects.filter(({ effect }) => effect === 'idempotent')),
  };
  const { concurrency, cases } = scene.options;
  const { rebilled, mostAtOnce } = figures;
  const found: Readonly<Record<keyof typeof PROMISES, readonly string[]>> = {
    ends: wrongEnd(scene),
    rows: [
      ...unreadable,
      ...onePerPrompt(rows, cases.length),
      ...rows.flatMap((row) => wrongAnswer(row, cases[row.index])),
    ],
    once: unsafeCalls(rows, effects, cases),
    billed: rebilled > crashes.length * concurrency ? [`${rebilled} after ${crashes.length} crashes`] : [],
    cap: mostAtOnce > concurrency ? [`${mostAtOnce} with ${concurrency} conversations`] : [],
    processes: await orphans(scene.path),
    secrets: leaks(scene),
  };
  const names = Object.keys(PROMISES) as (keyof typeof PROMISES)[];
  return { violations: names.flatMap((promise) => found[promise].map((what) => ({ promise, what }))), figures };
}

function wrongEnd({ attempts }: Scene): readonly string[] {
  const last = attempts.at(-1);
  return last?.code === 0 ? [] : [`exit code ${last?.code}: ${last?.stderr}`];
}

function readRows(path: string): { readonly rows: readonly Row[]; readonly unreadable: readonly string[] } {
  const rows: Row[] = [];
  const unreadable: string[] = [];
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []) {
    try {
      rows.push(JSON.parse(line) as Row);
    } catch {
      unreadable.push(`a line of the results does not parse: ${line.slice(0, 80)}`);
    }
  }
  return { rows, unreadable };
}

function onePerPrompt(rows: readonly Row[], prompts: number): readonly string[] {
  const count = countBy(rows.map(({ index }) => String(index)));
  return Array.from({ length: prompts }, (_, index) => [index, count[index] ?? 0] as const)
    .filter(([, number]) => number !== 1)
    .map(([index, number]) => `prompt ${index + 1} has ${number} rows`);
}

/** What is uncertain may be missing in the answer; everything else has to be there. */
function wrongAnswer({ index, status, answer, error, uncertain = [] }: Row, expected: Case | undefined) {
  if (status !== 'done' || !expected) return [`prompt ${index + 1} ended as ${status}: ${error}`];
  const missing = expected.fromUnsafe.filter((part) => !answer.includes(part)).length;
  const isRight = answer.includes(expected.result) && missing === uncertain.length;
  return isRight ? [] : [`prompt ${index + 1} with ${uncertain.length} uncertain calls was answered: ${answer}`];
}

/** Each was done at most once, and each that was not done is listed as uncertain. */
function unsafeCalls(rows: readonly Row[], effects: readonly ToolRow[], cases: readonly Case[]): readonly string[] {
  const unsafe = effects.filter(({ effect }) => effect === 'unsafe');
  const twice = Object.entries(countBy(unsafe.map(({ callKey }) => callKey))).filter(([, number]) => number > 1);
  const done = countBy(unsafe.map(({ conversation }) => conversation));
  const wrong = rows.flatMap(({ index, uncertain = [] }) => {
    const number = done[`p${index + 1}`] ?? 0;
    const wanted = cases[index]?.fromUnsafe.length ?? 0;
    const isRight = number <= wanted && number + uncertain.length >= wanted;
    return isRight
      ? []
      : [`of ${wanted} unsafe calls of prompt ${index + 1}, ${number} were done and ${uncertain.length} are uncertain`];
  });
  return [...twice.map(([key, number]) => `the unsafe call ${key} was done ${number} times`), ...wrong];
}

function requestFigures(rows: readonly ProviderRow[]) {
  const open = new Map<number, ProviderRow & { kind: 'asked' }>();
  const good = new Map<string, number>();
  let requests = 0;
  let successes = 0;
  let mostAtOnce = 0;
  for (const row of rows) {
    if (row.kind === 'asked') {
      requests += 1;
      open.set(row.request, row);
      mostAtOnce = Math.max(mostAtOnce, open.size);
      const call = JSON.stringify([row.conversation, row.turn]);
      if (row.fault === undefined) good.set(call, (good.get(call) ?? 0) + 1);
    } else {
      if (row.whole && open.get(row.request)?.fault === undefined) successes += 1;
      open.delete(row.request);
    }
  }
  const rebilled = [...good.values()].reduce((sum, number) => sum + number - 1, 0);
  return { requests, successes, mostAtOnce, rebilled };
}

function repeats(effects: readonly ToolRow[]): number {
  return effects.length - new Set(effects.map(({ callKey }) => callKey)).size;
}

function leaks({ path, attempts }: Scene): readonly string[] {
  const directory = join(path, 'out');
  const entries = existsSync(directory) ? readdirSync(directory, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = [
    ...files.map((file) => [file, readFileSync(file, 'utf8')] as const),
    ...attempts.flatMap(({ stdout, stderr }) => [['the output', stdout + stderr] as const]),
  ];
  return texts
    .filter(([, text]) => Object.values(CANARIES).some((canary) => text.includes(canary)))
    .map(([where]) => `a secret is in ${where}`);
}

/** Everything that a run starts has the scene's directory as its home. */
async function orphans(home: string): Promise<readonly string[]> {
  for (let patience = 300; ; patience--) {
    const left = processesOf(home);
    if (left.length === 0) return [];
    if (patience === 0) return [`processes ${left.join(', ')} were left behind`];
    await delay(100);
  }
}

function processesOf(home: string): readonly string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(`HOME=${home}\0`);
    } catch {
      return false;
    }
  });
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
