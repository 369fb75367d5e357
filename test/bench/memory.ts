import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { row } from './row.ts';
import { BIN } from './run-program.ts';

const LOOK_EVERY_MS = 50;
/** What the start of the last conversation leaves behind may be tidied up for so long. */
const SETTLED_AFTER_MS = 2000;

/**
 * Measures what the program takes up, with the model in a process of its own. Only on Linux. 20,000 prompts stand for any
 * number; name another on the command line.
 */
export async function measureMemory(prompts = 20_000): Promise<void> {
  if (process.platform !== 'linux') return;
  const place = mkdtempSync(join(tmpdir(), 'agentpar-bench-'));
  try {
    await manyPrompts(place, prompts);
    await manyIdle(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Prompts of two turns and a tool call each, fifty at once: what the run ever had in memory, with few and with many. */
async function manyPrompts(place: string, prompts: number): Promise<void> {
  await using model = await startModel(['ttft=0', 'tps=0']);
  const few = await peakOf(start(place, { prompts: 1000, concurrency: 50, origin: model.origin }));
  const many = await peakOf(start(place, { prompts, concurrency: 50, origin: model.origin }));
  row(`memory, ${prompts} prompts: the most, beside that of 1,000 and 30 MB`, many, few + 30, 1, 'MB');
}

/** Conversations that wait for a model, all at once: what each of them takes up meanwhile. */
async function manyIdle(place: string): Promise<void> {
  await using model = await startModel(['ttft=600000']);
  const one = await idling(place, { prompts: 1, concurrency: 1, origin: model.origin });
  const thousand = await idling(place, { prompts: 1000, concurrency: 1000, origin: model.origin });
  row('memory, one of 1,000 conversations in a model call', ((thousand - one) * 1024) / 999, 120, 1, 'KB');
}

interface Work {
  readonly prompts: number;
  readonly concurrency: number;
  readonly origin: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly journal: string;
}

function start(place: string, { prompts, concurrency, origin }: Work): Run {
  const file = join(place, 'prompts.txt');
  writeFileSync(file, Array.from({ length: prompts }, (_, n) => `What time is it, for the ${n}th time?\n`).join(''));
  const out = join(place, 'out');
  rmSync(out, { recursive: true, force: true });
  const args = ['run', file, '--quiet', '--no-adaptive', '-m', 'openai/any', '-j', String(concurrency), '--out', out];
  const child = spawn(process.execPath, [BIN, ...args, '--first-byte-timeout', '1h'], {
    cwd: place,
    env: { PATH: process.env['PATH'], OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${origin}/v1` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { child, ended: once(child, 'close'), journal: join(out, 'journal.jsonl') };
}

async function peakOf({ child, ended }: Run): Promise<number> {
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peak = memoryOf(child.pid, 'VmHWM') ?? peak;
    await Promise.race([ended, delay(LOOK_EVERY_MS)]);
  }
  if (child.exitCode !== 0) throw new Error(`the run failed with ${child.exitCode}`);
  return peak;
}

/** What the run has in memory once all conversations wait for their model. */
async function idling(place: string, work: Work): Promise<number> {
  const { child, ended, journal } = start(place, work);
  while (startedIn(journal) < work.prompts) {
    if (child.exitCode !== null) throw new Error(`the run failed with ${child.exitCode}`);
    await delay(LOOK_EVERY_MS);
  }
  await delay(SETTLED_AFTER_MS);
  const idle = memoryOf(child.pid, 'VmRSS') ?? Number.NaN;
  child.kill('SIGKILL');
  await ended;
  return idle;
}

function startedIn(journal: string): number {
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('"kind":"model_start"').length - 1 : 0;
}

/** In MB. */
function memoryOf(pid: number | undefined, what: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const size = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return size === undefined ? undefined : Number(size) / 1024;
  } catch {
    return undefined;
  }
}

async function startModel(settings: readonly string[]) {
  const server = spawn(process.execPath, [BIN, 'sim', ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(server.stdout.setEncoding('utf8'), 'data');
  const origin = /http:\S+/.exec(String(first))?.[0] ?? '';
  return { origin, [Symbol.asyncDispose]: async () => void server.kill() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureMemory(Number(process.argv[2] ?? 20_000));
