import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentpar, BIN, startAgentpar, workspace } from '../support/run-agentpar.ts';
import { until } from '../support/until.ts';

/** A tool that leaves long errors behind, each of which is told of. */
const TALKATIVE = `
  import { rmSync } from 'node:fs';
  import { defineTool } from 'agentpar';
  export default defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    run: ({ city }) => {
      if (process.env.VANISH) rmSync('out', { recursive: true });
      if (process.env.LOUD) console.error('loud '.repeat(500));
      for (let n = 0; n < Number(process.env.ERRORS ?? 8); n++) Promise.reject(new Error(n + 'ouch '.repeat(12000)));
      return city;
    },
  });`;
/** Enough to fill every pipe, and what may wait for it. */
const MANY = Array.from({ length: 24 }, (_, n) => `What is the weather in Town${n}?`).join('\n');
const MOST_WAITING_BYTES = 8 * 2 ** 20;
const ARGS = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', '-j', '10', '--sim', 'ttft=0,tps=0'];

const talkative = (prompts = MANY) => workspace({ 'p.txt': prompts, 'tools.mjs': TALKATIVE });

describe.concurrent('A reader that stops reading', () => {
  it('holds up no conversation, and gets every event with --json once it reads on', async () => {
    using at = talkative();
    const run = startAgentpar([...ARGS, '--json'], { cwd: at.path });
    run.child.stdout.pause();
    const journal = await ended(at.path);
    expect(Buffer.byteLength(journal)).toBeGreaterThan(1.25 * MOST_WAITING_BYTES);
    run.child.stdout.resume();
    const { code, stdout, stderr } = await run.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout === journal).toBe(true);
  });

  it('holds up no conversation, and is told how many lines of the log it missed', async () => {
    using at = talkative();
    const run = startAgentpar([...ARGS, '--verbose'], { cwd: at.path });
    run.child.stdout.pause();
    await ended(at.path);
    run.child.stdout.resume();
    const { code, stdout } = await run.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^… [\d,]+ lines were left out here for a slow reader; all are in out\/journal\.jsonl$/m);
    expect(stdout.match(/^p\d+$/gm)).toHaveLength(24);
    expect(stdout).toContain('24 conversations: 24 done');
  });

  it('for good is given up in the end, with everything on the disk', async () => {
    using at = talkative();
    const run = startAgentpar([...ARGS, '--json', '-o', 'answers.jsonl'], { cwd: at.path });
    run.child.stdout.pause();
    run.child.on('exit', () => run.child.stdout.destroy());
    const { code, stderr } = await run.finished;
    expect(stderr).toMatch(/^Cannot write the rest of the output: its reader has stopped reading\..*\n$/);
    expect(code).toBe(74);
    expect(readFileSync(join(at.path, 'answers.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(24);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  it.skipIf(!hasScript)('because it is a frozen terminal freezes nothing else', async () => {
    using at = talkative();
    const command = ['stty cols 100;', process.execPath, BIN, ...ARGS, '--verbose'].join(' ');
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: at.path,
      env: { PATH: process.env['PATH'], HOME: at.path, TERM: 'xterm', LOUD: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Nobody reads what the terminal shows, so it fills up; if writing to it blocked, this would never come.
    await ended(at.path);
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    expect(await new Promise((done) => terminal.on('close', done))).toBe(0);
    expect(shown).toContain('lines were left out here');
    expect(shown).toContain('24 conversations: 24');
  });
});

describe.concurrent('A full disk', () => {
  it.skipIf(!existsSync('/dev/full'))('under standard output is exit 74 and one clear line', async () => {
    using at = talkative('What is the weather in Oslo?\nWhat is 1 + 2?\n');
    for (const args of [ARGS, [...ARGS, '--json', '--out', 'out2'], ['tools'], ['run', 'p.txt', '--dry-run']]) {
      const { code, stderr } = await agentpar(args, {
        cwd: at.path,
        under: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'],
      });
      expect(code).toBe(74);
      expect(stderr).toMatch(/^Cannot write the output: ENOSPC[^\n]*\n(Go on with: [^\n]*\n)?$/);
    }
  });

  const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
  it.skipIf(!canMount)('under the run directory is exit 74 and one clear line', async () => {
    using at = talkative();
    const mount = 'mkdir full && mount -t tmpfs -o size=2m none full && exec "$@"';
    const under = ['unshare', '-rm', 'sh', '-c', mount, 'sh'];
    const { code, stderr, stdout } = await agentpar([...ARGS, '--out', 'full/out'], { cwd: at.path, under });
    expect(stderr).toMatch(/^Cannot keep what the run does in full\/out: [^\n]*ENOSPC[^\n]*\n(Go on with: [^\n]*\n)?$/);
    expect(stdout).toContain('Stopped by');
    expect(code).toBe(74);
  });
});

describe.concurrent('A run directory', () => {
  it('that vanishes is exit 74 and one clear line', async () => {
    for (const args of [ARGS, [...ARGS, '--json']]) {
      using at = talkative('What is the weather in Oslo?\n');
      const { code, stderr } = await agentpar(args, { cwd: at.path, env: { VANISH: '1' } });
      expect(stderr).toMatch(/^Cannot [^\n]*out[^\n]*\n(Go on with: [^\n]*\n)?$/);
      expect(code).toBe(74);
    }
  });

  it('that cannot be made is exit 74 and one clear line, before anything runs', async () => {
    using at = talkative('What is the weather in Oslo?\n');
    writeFileSync(join(at.path, 'file'), '');
    const { code, stderr, stdout } = await agentpar([...ARGS, '--out', 'file/out'], { cwd: at.path });
    expect(stderr).toMatch(/^Cannot make the run directory file\/out: [^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: 74, stdout: '' });
  });
});

describe.concurrent('Standard error', () => {
  it('that is closed changes nothing', async () => {
    using at = talkative('What is the weather in Oslo?\n');
    writeFileSync(
      join(at.path, 'tools.mjs'),
      TALKATIVE.replace('run: (', 'policy: { thread: true }, run: (').replace(
        'if (process.env.VANISH)',
        "console.error('loud'); console.error('louder'); if (process.env.VANISH)",
      ),
    );
    const run = startAgentpar(ARGS, { cwd: at.path });
    run.child.stderr.destroy();
    const { code, stdout } = await run.finished;
    expect(stdout).toContain('1 conversation: 1 done');
    expect(code).toBe(0);
  });
});

/** The journal, once the run has come to its end. */
async function ended(directory: string): Promise<string> {
  const path = join(directory, 'out/journal.jsonl');
  await until(() => existsSync(path) && /"kind":"run_end".*\n$/.test(endOf(path)));
  return readFileSync(path, 'utf8');
}

function endOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const end = Buffer.alloc(4096);
    const from = Math.max(0, fstatSync(file).size - end.length);
    return end.toString('utf8', 0, readSync(file, end, 0, end.length, from));
  } finally {
    closeSync(file);
  }
}
