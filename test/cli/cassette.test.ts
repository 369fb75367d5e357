import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { startAgentpar, workspace } from '../support/run-agentpar.ts';

const PROMPTS = ['What is (1 + 2) * (3 + 4)?', 'What is 5 * 5?', 'Say my-own-secret-1', 'What is 5 * 5?'];
const SECRET = { DEMO_API_KEY: 'my-own-secret-1' };

/** A tool that tells by a file that it ran. */
const TOOLS = `
  import { appendFileSync } from 'node:fs';
  import { defineTool } from 'agentpar';
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    run: async ({ city }) => {
      appendFileSync('ran.txt', city + '\\n');
      if (city === 'Rome') await new Promise((done) => setTimeout(done, 60_000));
      return 'fine in ' + city;
    },
  });`;

describe.concurrent('A cassette', () => {
  it('replays a run at any concurrency with the same answers, and says of its times that they are virtual', async () => {
    using at = workspace({ 'p.txt': `${PROMPTS.join('\n')}\n` });
    const record = ['run', 'p.txt', '-j', '4', '--sim', '429=0.3,seed=5,retry-after=0', '-o', 'live.jsonl'];
    const live = await inOneProcess([...record, '--record', 'tape.jsonl'], { cwd: at.path, env: SECRET });
    expect(live.stderr).toBe('');
    expect(live.stdout).toContain('\ncassette: tape.jsonl\n');
    const tape = readFileSync(join(at.path, 'tape.jsonl'), 'utf8');
    expect(tape).not.toContain('my-own-secret');
    expect(tape).toContain('[DEMO_API_KEY]');
    expect(statSync(join(at.path, 'tape.jsonl')).mode & 0o777).toBe(0o600);

    const replay = ['run', 'p.txt', '--replay', 'tape.jsonl', '--time', 'virtual', '--sequential', '-j', '1'];
    const { code, stdout, stderr } = await inOneProcess([...replay, '-o', 'replayed.jsonl', '--out', 'out'], {
      cwd: at.path,
      env: SECRET,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(answers(at.path, 'replayed.jsonl')).toEqual(answers(at.path, 'live.jsonl'));
    expect(stdout).toContain('sim/offline: replayed from tape.jsonl, in virtual time');
    expect(stdout).toMatch(/^Timing {3}virtual: replayed from tape\.jsonl; /m);
    expect(stdout).toMatch(/sequential +\d.* s +virtual: /);
    expect(stdout).not.toContain('measured');
    expect(tape).toContain('"status":429');
    const retries = journal(join(at.path, 'out')).filter(({ kind }) => kind === 'model_retry');
    expect(retries.length).toBe(2 * (tape.match(/"status":429/g) ?? []).length);

    const changed = PROMPTS.with(1, 'What is 5 * 6?').join('\n');
    writeFileSync(join(at.path, 'p.txt'), changed);
    const missed = await inOneProcess(['run', 'p.txt', '-q', '--replay', 'tape.jsonl', '--time', 'virtual'], {
      cwd: at.path,
      env: SECRET,
    });
    expect(missed.code).toBe(1);
    expect(missed.stdout).toContain('4 conversations: 3 done, 1 failed');
    expect(missed.stdout).toMatch(
      /p2 +failed: Cannot replay this request: tape\.jsonl has no recording of it\. The nearest is in line \d+, of p2; what differs: the last message: "What is 5 \* 6\?", recorded "What is 5 \* 5\?"\./,
    );
  });

  it('that was killed in the middle is replayed as far as it goes, runs no tool, and is not recorded over', async () => {
    const prompts = 'What is the weather in Oslo?\nWhat is the weather in Rome?\n';
    using at = workspace({ 'p.txt': prompts, 'tools.mjs': TOOLS });
    const run = ['run', 'p.txt', '--tools', 'tools.mjs', '-j', '1'];
    const recording = startAgentpar([...run, '--record', 'tape.jsonl'], { cwd: at.path });
    await recording.shows(/p2 +tool +get_weather +started/);
    recording.child.kill('SIGKILL');
    await recording.finished;
    const before = existsSync(join(at.path, 'ran.txt')) ? readFileSync(join(at.path, 'ran.txt'), 'utf8') : '';

    const { code, stdout } = await inOneProcess([...run, '--replay', 'tape.jsonl', '--time', 'virtual'], {
      cwd: at.path,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/note +tape\.jsonl is incomplete: its recording was cut off/);
    expect(stdout).toContain('p1\n  Oslo: fine in Oslo');
    expect(stdout).toMatch(/p2 +failed: Cannot replay this call of get_weather: tape\.jsonl has no recording of it/);
    expect(readFileSync(join(at.path, 'ran.txt'), 'utf8')).toBe(before);

    const again = await inOneProcess([...run, '--record', 'tape.jsonl'], { cwd: at.path });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('Cannot record to tape.jsonl: there is something in it.');
  });

  it('needs no key, no server of a vendor and no MCP server to be replayed', async () => {
    const server = { command: process.execPath, args: [join(import.meta.dirname, '../tools/mcp/support/server.mjs')] };
    using at = workspace({
      'p.txt': 'Call echo with text hello\n',
      'servers.json': JSON.stringify({ mcpServers: { test: server } }),
    });
    const run = ['run', 'p.txt', '-q', '--mcp', 'servers.json'];
    const live = await inOneProcess([...run, '-m', 'sim/gemini', '--record', 'tape.jsonl'], { cwd: at.path });
    expect(live.stdout).toContain('echo: hello');
    const tape = join(at.path, 'tape.jsonl');
    // As if it had been recorded with a real one.
    writeFileSync(tape, readFileSync(tape, 'utf8').replaceAll('"sim/gemini"', '"gemini/gemini"'));
    writeFileSync(join(at.path, 'servers.json'), 'gone');
    const { code, stdout, stderr } = await inOneProcess([...run, '--replay', 'tape.jsonl'], { cwd: at.path });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('echo: hello');
    expect(stdout).toMatch(/^Timing {3}replayed from tape\.jsonl, with its delays$/m);
    const alone = await inOneProcess(['run', 'p.txt', '--time', 'virtual'], { cwd: at.path });
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('without --replay')]);
  });
});

function answers(cwd: string, file: string): readonly unknown[] {
  return lines<{ id: string; answer: string }>(join(cwd, file)).map(({ id, answer }) => [id, answer]);
}

function journal(directory: string): readonly RunEvent[] {
  return lines<RunEvent>(join(directory, 'journal.jsonl'));
}

function lines<T>(path: string): readonly T[] {
  const text = readFileSync(path, 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as T);
}
