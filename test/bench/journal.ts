import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { row } from './row.ts';
import { BIN, runProgram } from './run-program.ts';
import { buildWithoutJournal } from './without-journal.ts';

const PAIRS = 11;
const CONVERSATIONS = 1600;

/**
 * Measures what the journal adds to the wall time of a run whose model takes 1 ms: the whole program beside the whole
 * program with a journal that writes nothing, by turns, and the median of each, since a machine may be slower for a while. Conversations have two turns and two calls of a tool that takes no time.
 */
export async function measureJournal(place: string): Promise<void> {
  const server = spawn(process.execPath, [BIN, 'sim', 'ttft=1', 'tps=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(server.stdout.setEncoding('utf8'), 'data');
  const prompts = Array.from({ length: CONVERSATIONS }, (_, n) => `What is the weather in A${n} and B${n}?`);
  writeFileSync(join(place, 'journal.txt'), prompts.join('\n'));
  const env = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${/http:\S+/.exec(String(first))?.[0]}/v1`, TOOL_MS: '0' };
  const emptyJournal = await buildWithoutJournal(place);
  const withJournal: number[] = [];
  const without: number[] = [];
  try {
    await ranFor(place, env);
    for (let pair = 0; pair < PAIRS; pair++) {
      const kept = async () => withJournal.push(await ranFor(place, env));
      const dropped = async () => without.push(await ranFor(place, env, emptyJournal));
      for (const run of pair % 2 === 0 ? [kept, dropped] : [dropped, kept]) await run();
    }
  } finally {
    server.kill();
  }
  row('the journal, 1 ms a response: with it, beside without it', medianOf(withJournal), medianOf(without), 1.05);
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** How long the run took by its own summary, in milliseconds. */
async function ranFor(place: string, env: Readonly<Record<string, string>>, bin = BIN): Promise<number> {
  rmSync(join(place, 'journal-run'), { recursive: true, force: true });
  const tools = join(import.meta.dirname, 'tools.ts');
  const args = ['run', 'journal.txt', '-j', '8', '--quiet', '--out', 'journal-run', '-m', 'openai/x', '--tools', tools];
  const output = await runProgram(place, args, env, bin);
  const seconds = /parallel +([\d.]+) s/.exec(output)?.[1];
  if (seconds === undefined) throw new Error(`the run gave no time: ${output}`);
  return Number(seconds) * 1000;
}
