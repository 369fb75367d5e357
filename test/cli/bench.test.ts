import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { startAgentpar, workspace } from '../support/run-agentpar.ts';

const PROMPTS = 'What is 1 + 2?\nWhat is 3 * 4?\n';

describe.concurrent('agentpar bench', () => {
  it('runs the settings by turns, each run as a run of its own, and compares them', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const args = [
      'bench',
      'p.txt',
      '-j',
      '2',
      '--runs',
      '2',
      '--sim',
      'ttft=5',
      '--out',
      'out',
      '--export-csv',
      'b.csv',
    ];
    const { code, stdout, stderr } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^agentpar bench p\.txt {3}2 conversations, sim\/offline\n/);
    expect(stdout).toMatch(/sequential +\d\.\d\d s .* 2 +1\n +parallel -j 2 +\d\.\d\d s .* 2 +\d\.\d\d\n/);
    expect(stdout).toMatch(/\nThese 2 prompts ran \d\.\d\d times (faster|slower) with -j 2 than one at a time: /);
    expect(stderr.match(/^run \d of 5 .*$/gm)?.map((line) => /sequential|parallel/.exec(line)?.[0])).toEqual([
      'parallel',
      'sequential',
      'parallel',
      'parallel',
      'sequential',
    ]);
    const starts = runsIn(join(at.path, 'out')).map(([first]) => first as EventOf<'run_start'>);
    expect(starts.map(({ modes }) => modes)).toEqual([
      ['parallel'],
      ['sequential'],
      ['parallel'],
      ['parallel'],
      ['sequential'],
    ]);
    expect(new Set(starts.map(({ runId }) => runId)).size).toBe(5);
    const kept = JSON.parse(readFileSync(join(at.path, 'out/bench.json'), 'utf8'));
    expect(kept).toMatchObject({ complete: true, salted: false, runs: 2, warmup: 1 });
    expect(readFileSync(join(at.path, 'b.csv'), 'utf8').split('\n')).toHaveLength(4);
  });

  it('records a run that counts for nothing else, and compares settings on exactly that work, in virtual time', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const record = ['bench', 'p.txt', '--record', 'tape.jsonl', '--runs', '1', '--warmup', '0', '--sim', 'ttft=5'];
    const recorded = await inOneProcess(record, { cwd: at.path });
    expect(recorded.stderr).toMatch(/^run 1 of 3 {3}sequential .* recorded\nrun 2 of 3 .*s\nrun 3 of 3 .*s\n$/);
    expect(recorded.stdout).toContain('\nRecorded: the first run, sequential, which counts in no time above. ');
    const { code: refused, stderr } = await inOneProcess(record, { cwd: at.path });
    expect(stderr).toContain('tape.jsonl');
    expect(refused).toBe(2);
    const args = [
      'bench',
      'p.txt',
      '--replay',
      'tape.jsonl',
      '--time',
      'virtual',
      '-j',
      '2',
      '--threshold',
      'speedup>9',
    ];
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(at.path, 'summary.md') };
    const { code, stdout, stderr: told } = await inOneProcess([...args, '-q'], { cwd: at.path, env });
    expect(told).toMatch(/^::stop-commands::([\w-]+)\n::\1::\n::error title=threshold speedup>9::.*below it\n$/);
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^## ❌ agentpar bench\n/);
    expect(stdout).toMatch(/^agentpar bench p\.txt .*, replayed from tape\.jsonl\n/);
    const [, median, least, most] = /parallel -j 2 +(\d\.\d\d s) +(\d\.\d\d s) to (\d\.\d\d s) +6 /.exec(stdout) ?? [];
    expect([least, most]).toEqual([median, median]);
    expect(stdout).toMatch(/\n {2}missed +speedup>9 +[12]\.\d\d \(virtual\), \d\.\d\d below it\n/);
    expect(stdout).toContain('\nTimes are virtual, not measured: ');
    expect(code).toBe(3);
  });

  it('compares no run in which conversations failed, says so, and exits as the run would have', async () => {
    using at = workspace({ 'p.txt': `${PROMPTS}Hello\n` });
    const args = [
      'bench',
      'p.txt',
      '--modes',
      'parallel',
      '--runs',
      '1',
      '--warmup',
      '0',
      '--max-turns',
      '1',
      '--json',
    ];
    const { code, stdout } = await inOneProcess([...args, '--sim', 'ttft=5'], { cwd: at.path });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'Nothing can be said: no run did the whole work.',
      notes: [expect.stringMatching(/^Left out: parallel -j 4, round 1: 2 max_turns of 3 conversations \(.+\)\. See /)],
    });
  });

  it('ends with a run in which nothing was answered, before more of the same is paid for', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const args = ['bench', 'p.txt', '--max-turns', '1', '--sim', 'ttft=5'];
    const { code, stdout, stderr } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(1);
    expect(stderr.match(/^run /gm)).toHaveLength(1);
    expect(stdout).toContain('\nIncomplete: stopped by a run in which nothing was answered after 0 of 12 runs.\n');
  });

  it('shows what was measured so far when it is interrupted', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const args = ['bench', 'p.txt', '--runs', '500', '--warmup', '0', '--sim', 'ttft=5', '--out', 'out'];
    const bench = startAgentpar(args, { cwd: at.path });
    await new Promise<void>((done) => {
      bench.child.stderr.on('data', () => bench.errors().includes('run    4 of 1000') && done());
    });
    bench.child.kill('SIGINT');
    const { code, stdout } = await bench.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/\nSo far: these 2 prompts ran /);
    expect(stdout).toMatch(/\nIncomplete: stopped by SIGINT after \d+ of 1000 runs\.\n/);
    expect(JSON.parse(readFileSync(join(at.path, 'out/bench.json'), 'utf8'))).toMatchObject({ complete: false });
  });

  it('holds one budget over all of its runs', async () => {
    using at = workspace({ 'p.txt': PROMPTS.repeat(2) });
    const args = ['bench', 'p.txt', '--runs', '50', '--max-tokens', '20000', '--sim', 'ttft=5', '-q', '--out', 'out'];
    const { code, stdout } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(75);
    expect(stdout).toContain('Incomplete: stopped by limit: --max-tokens: ');
    const ends = runsIn(join(at.path, 'out'))
      .flat()
      .filter((event) => event.kind === 'conversation_end');
    const tokens = ends.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
    expect(tokens).toBeGreaterThan(10_000);
    expect(tokens).toBeLessThanOrEqual(20_000);
  });

  it.each([
    ['a file that is not there', ['gone.txt'], 65, /gone\.txt: Cannot read it/],
    ['a mode that is none', ['p.txt', '--modes', 'serial'], 2, /Cannot use "serial" as --modes/],
  ])('says what about %s, and runs nothing', async (_what, args, exitCode, message) => {
    using at = workspace({ 'p.txt': PROMPTS });
    const { code, stdout, stderr } = await inOneProcess(['bench', ...args], { cwd: at.path });
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
    expect(existsSync(join(at.path, '.agentpar'))).toBe(false);
  });
});

/** The events of each run, in the order of the runs. */
function runsIn(directory: string): readonly (readonly RunEvent[])[] {
  const runs = readdirSync(directory).filter((name) => name !== 'bench.json');
  return runs.toSorted().map((name) => {
    const lines = readFileSync(join(directory, name, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    return lines.map((line) => JSON.parse(line) as RunEvent);
  });
}
