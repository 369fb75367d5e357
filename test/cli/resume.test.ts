import {
  appendFileSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, startAgentpar, workspace } from '../support/run-agentpar.ts';
import { until } from '../support/until.ts';

/** A tool that keeps a ledger of its own, with what it did and for which call. */
const TOOLS = `
  import { appendFileSync } from 'node:fs';
  import { defineTool } from 'agentpar';
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    policy: { effect: process.env.EFFECT ?? 'unsafe' },
    run: async ({ city }, { callKey }) => {
      appendFileSync('ledger.txt', callKey + ' ' + city + '\\n');
      await new Promise((done) => setTimeout(done, city === 'Rome' && !process.env.FAST ? 60_000 : 20));
      return 'fine in ' + city;
    },
  });`;

const PROMPTS = 'What is the weather in Oslo?\nWhat is the weather in Rome?\nWhat is the weather in Lima?\n';
const FILES = { 'p.txt': PROMPTS, 'tools.mjs': TOOLS };
const RUN = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', '-j', '1'];

/** Runs until the second conversation is in its tool, and kills the process there. */
async function crash(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const run = startAgentpar(RUN, { cwd, env });
  await run.shows(/p2 +tool +get_weather +started/);
  await until(() => ledger(cwd).some((line) => line.endsWith('Rome')));
  run.child.kill('SIGKILL');
  await run.finished;
}

const first = workspace(FILES);
afterAll(() => first[Symbol.dispose]());
let firstCrash: Promise<void> | undefined;

/** A workspace with what a crash has left. One crash does for all: each of them gets a copy. */
async function crashed() {
  firstCrash ??= crash(first.path);
  await firstCrash;
  const at = workspace();
  cpSync(first.path, at.path, { recursive: true });
  const path = join(at.path, 'out/journal.jsonl');
  // A run goes on in the directory that it was begun in.
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"cwd":"${first.path}"`, `"cwd":"${at.path}"`));
  return at;
}

const resume = (cwd: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  inOneProcess(['resume', 'out', ...args], { cwd, env: { FAST: '1', ...env } });

describe.concurrent('agentpar resume', () => {
  it('goes on after a kill: finished prompts are not asked again, and what may have run is not run twice', async () => {
    using at = await crashed();
    appendFileSync(join(at.path, 'out/journal.jsonl'), '{"seq":99,"kind":"tool_e');
    expect(existsSync(join(at.path, 'out/lock'))).toBe(true);
    const { code, stdout, stderr } = await resume(at.path);
    expect(code).toBe(0);
    expect(existsSync(join(at.path, 'out/lock'))).toBe(false);
    expect(stderr).toContain('torn off by a crash');
    expect(stdout).toMatch(/resume +1 prompt finished before/);
    expect(rows(at.path).map(({ id, status }) => [id, status])).toEqual([
      ['p1', 'done'],
      ['p2', 'done'],
      ['p3', 'done'],
    ]);
    expect(rows(at.path)[1]?.uncertain).toEqual([expect.stringContaining('get_weather')]);
    expect(ledger(at.path).map((line) => line.split(' ')[1])).toEqual(['Oslo', 'Rome', 'Lima']);
    const events = journal(at.path);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const asked = events.filter((event) => event.kind === 'model_start' && event.conversation === 'p2');
    expect(asked).toHaveLength(2);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'run_resume', concurrency: 1, toolConcurrency: 16 }));
    expect(stdout).toContain('3 conversations: 3 done');
    expect(stdout).toMatch(/estimated: 6 model and 3 tool calls/);
  });

  it('says how many requests a kill may have had billed twice, and about how much they used', async () => {
    using at = await crashed();
    const path = join(at.path, 'out/journal.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    const asked = lines.findIndex((line) => line.includes('"model_start"') && line.includes('"p2"'));
    writeFileSync(path, `${lines.slice(0, asked + 1).join('\n')}\n`);
    const { code, stdout } = await resume(at.path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/about \d+ in \/ \d+ out more: estimated for a request that broke off/);
  });

  it('runs again what only reads, under the same key, wherever the run has been moved to', async () => {
    using at = workspace(FILES);
    await crash(at.path, { EFFECT: 'idempotent' });
    const [out, moved] = [join(at.path, 'out'), join(at.path, 'moved')];
    renameSync(out, moved);
    await inOneProcess(['resume', 'moved'], { cwd: at.path, env: { FAST: '1', EFFECT: 'idempotent' } });
    renameSync(moved, out);
    const rome = ledger(at.path).filter((line) => line.endsWith('Rome'));
    expect(rome).toHaveLength(2);
    expect(new Set(rome).size).toBe(1);
    expect(rows(at.path)[1]).toMatchObject({ status: 'done', answer: expect.stringContaining('fine in Rome') });
  });

  it('fails or runs again what is uncertain if told to', async () => {
    using failing = await crashed();
    expect((await resume(failing.path, ['--on-uncertain', 'fail'])).code).toBe(1);
    expect(rows(failing.path)[1]).toMatchObject({ status: 'failed', error: expect.stringContaining('get_weather') });
    using again = await crashed();
    expect((await resume(again.path, ['--on-uncertain', 'rerun'])).code).toBe(0);
    expect(ledger(again.path).filter((line) => line.endsWith('Rome'))).toHaveLength(2);
  });

  it('goes on after a signal, as the last line said', async () => {
    using at = workspace(FILES);
    const run = startAgentpar([...RUN, '--grace', '1s'], { cwd: at.path });
    await run.shows(/p2 +tool +get_weather +started/);
    run.child.kill('SIGINT');
    expect((await run.finished).stderr).toContain('Go on with: agentpar resume out');
    expect((await resume(at.path)).code).toBe(0);
    expect(rows(at.path)).toHaveLength(3);
  });

  it('goes on from where its files are now if the directory that it was started in is gone', async () => {
    using at = await crashed();
    const path = join(at.path, 'out/journal.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replace(`"cwd":"${at.path}"`, `"cwd":"${at.path}-before"`));
    const { code, stderr } = await resume(at.path);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/Cannot change to .*-before, where .*: .*here/),
    });
    expect(rows(at.path)).toHaveLength(3);
  });

  it('says how to go on from where it was called, wherever that is', async () => {
    using at = await crashed();
    using elsewhere = workspace();
    const run = join('..', basename(at.path), 'out');
    const { code, stderr } = await inOneProcess(['resume', run, '--max-tokens', '1'], { cwd: elsewhere.path });
    expect({ code, stderr }).toEqual({
      code: 75,
      stderr: expect.stringContaining(`Go on with: agentpar resume ${run} --max-tokens`),
    });
  });

  it('refuses a journal that is damaged elsewhere than at its end, without changing anything', async () => {
    using at = await crashed();
    const path = join(at.path, 'out/journal.jsonl');
    const whole = readFileSync(path, 'utf8');
    for (const [text, other, place] of [
      ['"kind":"mode_start"', '"kind":"mode_st', /damaged at line 2, byte \d+/],
      ['"usage":{', '"usage":5,"use":{', /damaged at line \d+, byte \d+: its "result\.usage" is missing/],
      ['"maxTurns":25', '"maxTurns":[25]', /damaged at line 1, byte 0: its "setup\.options\.maxTurns" is missing/],
      [
        '"maxTurns":25',
        '"filter":"(","maxTurns":25',
        /damaged at line 1, byte 0: its "setup\.options\.filter" is no reg/,
      ],
    ] as const) {
      const damaged = whole.replace(text, other);
      expect(damaged).not.toBe(whole);
      writeFileSync(path, damaged);
      const refused = await resume(at.path);
      expect(refused.code).toBe(65);
      expect(refused.stderr).toMatch(place);
      expect(readFileSync(path, 'utf8')).toBe(damaged);
    }
  });

  it('refuses a run that another process works on', async () => {
    using at = workspace(FILES);
    const run = startAgentpar(RUN, { cwd: at.path });
    await run.shows(/p2 +tool +get_weather +started/);
    const before = readFileSync(join(at.path, 'out/journal.jsonl'));
    const { code, stderr } = await resume(at.path);
    expect(code).toBe(73);
    expect(stderr).toContain(`process ${run.child.pid} works on it`);
    expect(readFileSync(join(at.path, 'out/journal.jsonl'))).toEqual(before);
    run.child.kill('SIGKILL');
    await run.finished;
  });

  it('refuses prompts, agents and tools that have changed, unless told to accept it', async () => {
    using at = await crashed();
    writeFileSync(join(at.path, 'p.txt'), PROMPTS.replace('Oslo', 'Paris'));
    const refused = await resume(at.path);
    expect(refused.code).toBe(65);
    expect(refused.stderr).toMatch(/prompts have changed.*p1.*--allow-changed/);
    writeFileSync(join(at.path, 'p.txt'), PROMPTS);
    writeFileSync(join(at.path, 'tools.mjs'), TOOLS.replace('The weather in a city.', 'The sky over a city.'));
    const call = { cwd: at.path, env: { FAST: '1' } };
    expect((await agentpar(['resume', 'out'], call)).stderr).toContain('agents or tools have changed');
    expect((await agentpar(['resume', 'out', '--allow-changed'], call)).code).toBe(0);
  });

  it('takes up prompts that were added to the file, with the model of before, whatever keys there are now', async () => {
    using at = await crashed();
    writeFileSync(join(at.path, 'p.txt'), `${PROMPTS}What is the weather in Bonn?\n`);
    const { code, stdout } = await resume(at.path, [], { OPENAI_API_KEY: 'sk-of-somebody-else' });
    expect(code).toBe(0);
    expect(stdout).toContain('sim/offline');
    expect(ledger(at.path).map((line) => line.split(' ')[1])).toEqual(['Oslo', 'Rome', 'Lima', 'Bonn']);
  });

  it('goes on with prompts that were piped in, and finds the latest unfinished run by itself', async () => {
    using at = workspace(FILES);
    const args = ['run', '-', '--tools', 'tools.mjs', '-j', '1'];
    const run = startAgentpar(args, { cwd: at.path, input: PROMPTS });
    await run.shows(/p2 +tool +get_weather +started/);
    run.child.kill('SIGKILL');
    await run.finished;
    const listed = await inOneProcess(['runs'], { cwd: at.path });
    expect(listed.stdout).toMatch(
      /unfinished +1 done, 2 to do +[\d,]+ tokens .*\n +agentpar resume \.agentpar\/runs\//,
    );
    const { code, stdout } = await inOneProcess(['resume'], { cwd: at.path, env: { FAST: '1' } });
    expect(stdout).toContain('3 conversations: 3 done');
    expect(code).toBe(0);
    expect((await inOneProcess(['runs'], { cwd: at.path })).stdout).toMatch(/finished +3 done/);
  });

  it('writes the answers that a crash after the last event kept from being written, and asks nothing', async () => {
    using at = workspace(FILES);
    await inOneProcess([...RUN, '-o', 'answers.jsonl'], { cwd: at.path, env: { FAST: '1' } });
    const path = join(at.path, 'answers.jsonl');
    const answers = readFileSync(path);
    const asked = () => journal(at.path).filter(({ kind }) => kind === 'model_start').length;
    const before = asked();
    rmSync(path);
    expect((await resume(at.path)).code).toBe(0);
    expect(readFileSync(path)).toEqual(answers);
    expect(asked()).toBe(before);
    expect(await resume(at.path)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Nothing is left to do'),
    });
  });

  it('writes rows of a finished run again that were lost with the power, and asks nothing', async () => {
    using at = workspace(FILES);
    await inOneProcess(RUN, { cwd: at.path, env: { FAST: '1' } });
    const path = join(at.path, 'out/results.jsonl');
    const whole = readFileSync(path);
    const asked = () => journal(at.path).filter(({ kind }) => kind === 'model_start').length;
    const before = asked();
    for (const left of [whole.length - 1, whole.indexOf('\n') + 1, 0]) {
      truncateSync(path, left);
      expect((await resume(at.path)).code).toBe(0);
      expect(readFileSync(path)).toEqual(whole);
    }
    expect(asked()).toBe(before);
  });

  it('says what is wrong with a run that is not there or had not begun', async () => {
    using at = await crashed();
    expect((await inOneProcess(['resume', 'nowhere'], { cwd: at.path })).code).toBe(2);
    expect((await inOneProcess(['resume'], { cwd: at.path })).stderr).toContain('no run here is unfinished');
    truncateSync(join(at.path, 'out/journal.jsonl'), 0);
    expect((await resume(at.path)).stderr).toContain('had not begun');
  });
});

describe.concurrent('agentpar run --retry-failed', () => {
  it('runs only what failed, with the files and options of that run unless others are given', async () => {
    using at = workspace(FILES);
    const args = [...RUN, '--max-turns', '1'];
    const mixed = 'What is the weather in Oslo?\nHello\n';
    writeFileSync(join(at.path, 'p.txt'), mixed);
    expect((await inOneProcess(args, { cwd: at.path, env: { FAST: '1' } })).code).toBe(1);
    const again = ['run', '--retry-failed', 'out', '--max-turns', '9', '--out', 'again'];
    const { code, stdout } = await inOneProcess(again, { cwd: at.path, env: { FAST: '1' } });
    expect(code).toBe(0);
    expect(stdout).toContain('1 conversation: 1 done');
    expect(stdout).toContain('fine in Oslo');
    const nothing = await inOneProcess(['run', '--retry-failed', 'again'], { cwd: at.path });
    expect(nothing.stderr).toContain('nothing did');
  });
});

function rows(cwd: string): { id: string; status: string; answer: string; uncertain?: string[] }[] {
  return lines<{ id: string; index: number; status: string; answer: string }>(join(cwd, 'out/results.jsonl')).toSorted(
    (a, b) => a.index - b.index,
  );
}

function journal(cwd: string): RunEvent[] {
  return lines(join(cwd, 'out/journal.jsonl'));
}

function ledger(cwd: string): string[] {
  return readFileSync(join(cwd, 'ledger.txt'), 'utf8').trimEnd().split('\n');
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
