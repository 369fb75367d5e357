import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { row } from '../row.ts';
import { BIN } from '../run-program.ts';

const HERE = import.meta.dirname;
const TELL_CPU = pathToFileURL(join(HERE, 'tell-cpu.ts')).href;
const CONVERSATIONS = 2000;
const AT_ONCE = 200;
const ROUNDS = 3;

/** What a run took, in milliseconds. */
interface Taken {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/**
 * Measures what the program costs beside a bare loop on undici and one on the official package that do the same work: 2,000
 * conversations of two turns and two calls, 200 at once, with a model of 20 ms in a process of its own and a tool of
 * 10 ms; log and journal on. By turns, and the fastest of three each. Starting is part of the CPU time, not of the wall
 * time.
 */
export async function measureOwnCost(): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'agentpar-bench-'));
  const server = spawn(process.execPath, [BIN, 'sim', 'ttft=20', 'tps=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [first] = await once(server.stdout.setEncoding('utf8'), 'data');
    const origin = /http:\S+/.exec(String(first))?.[0] ?? '';
    const prompts = Array.from({ length: CONVERSATIONS }, (_, n) => `What is the weather in A${n} and B${n}?`);
    writeFileSync(join(place, 'many.txt'), prompts.join('\n'));
    const [bare, sdk, own]: Taken[][] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare?.push(await loop(place, origin, 'bare-loop.ts'));
      own?.push(await program(place, origin));
      sdk?.push(await loop(place, origin, 'sdk-loop.ts'));
    }
    const least = (of: readonly Taken[] | undefined, what: keyof Taken) =>
      Math.min(...(of ?? []).map((taken) => taken[what]));
    row('CPU of 2,000 conversations, beside a bare loop', least(own, 'cpuMs'), least(bare, 'cpuMs'), 1.5);
    row(
      '  the same of the official package alone',
      least(sdk, 'cpuMs'),
      least(bare, 'cpuMs'),
      Number.POSITIVE_INFINITY,
    );
    row('  their wall time, beside a bare loop', least(own, 'wallMs'), least(bare, 'wallMs'), 1.25);
    row(
      '  the same of the official package alone',
      least(sdk, 'wallMs'),
      least(bare, 'wallMs'),
      Number.POSITIVE_INFINITY,
    );
  } finally {
    server.kill();
    rmSync(place, { recursive: true, force: true });
  }
}

async function loop(place: string, origin: string, file: string): Promise<Taken> {
  const { output, cpuMs } = await started(place, origin, [join(HERE, file)]);
  return { cpuMs, wallMs: (JSON.parse(output) as { wallMs: number }).wallMs };
}

async function program(place: string, origin: string): Promise<Taken> {
  const out = join(place, 'out');
  const tools = resolve(HERE, '../tools.ts');
  const args = ['run', 'many.txt', '-j', String(AT_ONCE), '--tools', tools, '-m', 'openai/x', '--out', out];
  const { cpuMs } = await started(place, origin, [BIN, ...args]);
  const end = /"kind":"mode_end".*"tookMs":([\d.]+)/.exec(readFileSync(join(out, 'journal.jsonl'), 'utf8'));
  rmSync(out, { recursive: true });
  return { cpuMs, wallMs: Number(end?.[1]) };
}

async function started(cwd: string, origin: string, args: readonly string[]) {
  const cpuFile = join(cwd, 'cpu');
  const child = spawn(process.execPath, ['--import', TELL_CPU, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      OPENAI_API_KEY: 'any',
      OPENAI_BASE_URL: `${origin}/v1`,
      TOOL_MS: '10',
      COUNT: String(CONVERSATIONS),
      AT_ONCE: String(AT_ONCE),
      CPU_FILE: cpuFile,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} failed with ${code}: ${output.slice(-2000)}`);
  return { output, cpuMs: Number(readFileSync(cpuFile, 'utf8')) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureOwnCost();
