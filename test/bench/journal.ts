import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { row } from './row.ts';
import { BIN, runProgram } from './run-program.ts';
import { buildWithoutJournal } from './without-journal.ts';

const PAIRS = 11;

/** One at a time, most of the time is the model's; eight at once, all of it is the processor's. */
const WORK = [
  { atOnce: 1, conversations: 400 },
  { atOnce: 8, conversations: 1600 },
];

interface Work {
  readonly atOnce: number;
  /** Of two turns and two calls of a tool that takes no time. */
  readonly conversations: number;
}

/**
 * Measures what the journal adds to the wall time of a run whose model takes 1 ms: the whole program beside the whole
 * program with a journal that writes nothing, by turns, and the median of each, since a machine may be slower for a while.
 */
export async function measureJournal(place: string): Promise<void> {
  const server = spawn(process.execPath, [BIN, 'sim', 'ttft=1', 'tps=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(server.stdout.setEncoding('utf8'), 'data');
  const env = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${/http:\S+/.exec(String(first))?.[0]}/v1`, TOOL_MS: '0' };
  const emptyJournal = await buildWithoutJournal(place);
  try {
    for (const work of WORK) {
      const run = runner(place, work, env);
      await run();
      const withJournal: number[] = [];
      const without: number[] = [];
      for (let pair = 0; pair < PAIRS; pair++) {
        const kept = async () => withJournal.push(await run());
        const dropped = async () => without.push(await run(emptyJournal));
        for (const each of pair % 2 === 0 ? [kept, dropped] : [dropped, kept]) await each();
      }
      const what = `the journal, 1 ms a response, ${work.atOnce} at once: with it, beside without it`;
      row(what, medianOf(withJournal), medianOf(without), 1.05);
    }
  } finally {
    server.kill();
  }
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** Runs it, and returns how long that took by its own summary, in milliseconds. */
function runner(place: string, { atOnce, conversations }: Work, env: Readonly<Record<string, string>>) {
  const prompts = Array.from({ length: conversations }, (_, n) => `What is the weather in A${n} and B${n}?`);
  writeFileSync(join(place, 'journal.txt'), prompts.join('\n'));
  const tools = join(import.meta.dirname, 'tools.ts');
  const args = ['run', 'journal.txt', '-j', String(atOnce), '--quiet', '--out', 'journal-run', '-m', 'openai/x'];
  return async (bin = BIN): Promise<number> => {
    rmSync(join(place, 'journal-run'), { recursive: true, force: true });
    const output = await runProgram(place, [...args, '--tools', tools], env, bin);
    const seconds = /parallel +([\d.]+) s/.exec(output)?.[1];
    if (seconds === undefined) throw new Error(`the run gave no time: ${output}`);
    return Number(seconds) * 1000;
  };
}
