import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { measureJournal } from './journal.ts';
import { measureManager } from './manager.ts';
import { measureMemory } from './memory.ts';
import { measureOwnCost } from './own-cost/measure.ts';
import { measurePlans } from './plan.ts';
import { row } from './row.ts';
import { BIN, runProgram } from './run-program.ts';

/**
 * Measures the real program against what is possible and prints ratios, each from one run. Other work on the machine
 * shows in them: run it alone.
 */
const PROMPTS = resolve(import.meta.dirname, '../../prompts');
const place = mkdtempSync(join(tmpdir(), 'agentpar-bench-'));

try {
  await fiveCities();
  await twoHundred();
  await startUp();
  await measureManager();
  await measurePlans();
  await measureJournal(place);
  await measureOwnCost();
  await measureMemory();
} finally {
  rmSync(place, { recursive: true, force: true });
}

async function fiveCities(): Promise<void> {
  const args = ['run', join(PROMPTS, 'cities.txt'), '-j', '5', '--json', '--sim', 'ttft=50,tps=0'];
  await timed(args);
  const { wallMs, exitMs } = await timed(args);
  const idealMs = 1000 + 2 * 50;
  row('5 cities, 1 s a tool, 50 ms a turn: wall', wallMs, idealMs, 1.1);
  row('  process start to exit', exitMs, 1.1 * idealMs + 500, 1);
}

async function twoHundred(): Promise<void> {
  const server = spawn(process.execPath, [BIN, 'sim', 'ttft=100', 'tps=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(server.stdout.setEncoding('utf8'), 'data');
  const origin = /http:\S+/.exec(String(first))?.[0];
  const prompts = Array.from({ length: 200 }, (_, n) => `What is the weather in A${n}, B${n} and C${n}?`);
  writeFileSync(join(place, 'many.txt'), prompts.join('\n'));
  const run = async () => {
    const { wallMs } = await timed(
      ['run', 'many.txt', '-j', '50', '--json', '--tools', join(import.meta.dirname, 'tools.ts'), '-m', 'openai/x'],
      { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${origin}/v1`, TOOL_MS: '50' },
    );
    return wallMs;
  };
  // The server's first run is slower for what it has to learn itself.
  await run();
  const wallMs = await median(run, 5);
  server.kill();
  row('200 conversations × 2 turns × 3 tools, 100 ms, 50 ms, -j 50: wall', wallMs, (200 / 50) * (100 + 50 + 100), 1.15);
}

async function startUp(): Promise<void> {
  const commander = join(place, 'commander.mjs');
  writeFileSync(commander, `import ${JSON.stringify(import.meta.resolve('commander'))};\n`);
  const empty = join(place, 'empty.mjs');
  writeFileSync(empty, '');
  const prompt = join(place, 'one.txt');
  writeFileSync(prompt, 'What is 17 + 25?');
  const ms = await startTimes({
    empty: [empty],
    commander: [commander],
    version: [BIN, '--version'],
    prompt: [BIN, 'run', prompt],
  });
  row('--version, beside an empty process twice plus commander', ms.version, ms.empty + ms.commander, 1);
  row('  beside an empty process', ms.version, ms.empty, 1.62);
  row('one offline prompt, start to exit, beside an empty process', ms.prompt, ms.empty, 9.46);
}

/** Runs the program; the wall time is its own, of the parallel mode. */
async function timed(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const startedAt = performance.now();
  const output = await runProgram(place, args, env);
  const exitMs = performance.now() - startedAt;
  const ends = output.split('\n').filter((line) => line.includes('"kind":"mode_end"'));
  const { tookMs } = JSON.parse(ends.at(-1) ?? '{}') as { tookMs: number };
  return { wallMs: tookMs, exitMs };
}

async function spawned(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(process.execPath, args, { cwd: place, stdio: 'ignore' }), 'close');
  return performance.now() - startedAt;
}

/** The medians of start to exit, by turns, since a machine may be slower for a while. */
async function startTimes<Name extends string>(lines: Readonly<Record<Name, readonly string[]>>) {
  const names = Object.keys(lines) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < 15; round++) {
    for (const name of names) times.get(name)?.push(await spawned(lines[name]));
  }
  return Object.fromEntries(names.map((name) => [name, middle(times.get(name) ?? [])])) as Record<Name, number>;
}

async function median(measure: () => Promise<number>, runs = 15): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await measure());
  return middle(times);
}

function middle(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
