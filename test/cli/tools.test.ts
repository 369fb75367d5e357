import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

const TEAM = resolve(import.meta.dirname, '../../prompts/team.ts');

const TOOLS = `
import { defineTool } from 'agentpar';
const tool = (name, policy, description = 'Does it.') =>
  defineTool({ name, description, parameters: { type: 'object' }, policy, run: () => 'done' });
export const plain = tool('plain', undefined);
export const tamed = tool('tamed', {
  effect: 'idempotent', timeoutMs: 1500, retry: { attempts: 3 }, concurrency: 2, rate: { calls: 5, perMs: 60000 },
  locks: ['file:{path}', { name: 'disk', mode: 'shared' }], priority: 7, after: ['plain'],
});
export const counted = tool('counted', { effect: 'pure', cache: { scope: 'conversation', ttlMs: 60000 } });
export const locked = tool('locked', { locks: () => [] }, 'Hostile \\u001b[31m words.');
`;

describe.concurrent('agentpar tools', () => {
  it('lists what an agent has by itself: no file, no network', async () => {
    using at = workspace();
    const { code, stdout, stderr } = await inOneProcess(['tools'], { cwd: at.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe('assistant: 8 tools');
    expect(stdout).toMatch(/^ {2}get_weather +built-in +read\n {6}The current weather in a city\./m);
    expect(stdout).toMatch(/^ {2}sum_numbers +built-in +pure\n {6}Adds two numbers: a \+ b\.$/m);
    expect(stdout).not.toMatch(/http_get|read_file|list_files|calculate/);
  });

  it('lists the built-in tools that are named, and nothing else', async () => {
    using at = workspace();
    const { stdout } = await inOneProcess(['tools', '--builtin', 'http_get,calculate'], { cwd: at.path });
    expect(stdout).toMatch(
      /^assistant: 2 tools\n {2}calculate +built-in +pure\n.*\n {6}expression: string\n {2}http_get +built-in +read, at most 20 s\n/,
    );
  });

  it('says of each tool where it comes from and how it runs', async () => {
    using at = workspace({ 'tools.mjs': TOOLS });
    const { stdout } = await inOneProcess(['tools', '--tools', 'tools.mjs', '--builtin', 'calculate'], {
      cwd: at.path,
    });
    const policyOf = (name: string) => new RegExp(`^ {2}${name} +(\\S+) +(.*)$`, 'm').exec(stdout)?.slice(1);
    expect(policyOf('plain')).toEqual(['tools.mjs', 'unsafe']);
    expect(policyOf('calculate')).toEqual(['built-in', 'pure']);
    expect(policyOf('counted')).toEqual(['tools.mjs', 'pure, cached per conversation for 60 s']);
    expect(policyOf('locked')).toEqual(['tools.mjs', 'unsafe, locks by arguments']);
    expect(policyOf('tamed')).toEqual([
      'tools.mjs',
      'idempotent, at most 1.5 s, 3 attempts, 2 at once, 5 per 60 s, locks file:{path} and disk (shared), priority 7, ' +
        'after plain',
    ]);
  });

  it('says so where a tool is to come after one that there is not', async () => {
    using at = workspace({ 'tools.mjs': TOOLS });
    const misspelt = ['tools', '--tools', 'tools.mjs', '--policy', 'plain.after=["tmaed"]'];
    const { code, stderr } = await inOneProcess(misspelt, { cwd: at.path });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'tool plain is to come after "tmaed", and there is no such tool\n',
    });
  });

  it('shows what policies and approvals from the command line make of them', async () => {
    using at = workspace();
    const args = [
      'tools',
      '--builtin',
      'http_get,calculate',
      '--approve',
      'http*',
      '--policy',
      'calculate.cache=false',
    ];
    const { stdout } = await inOneProcess(args, { cwd: at.path });
    expect(stdout).toMatch(/calculate .* pure, not cached$/m);
    expect(stdout).toMatch(/http_get .* read, asks a person, at most 20 s$/m);
  });

  it('lists a team agent by agent, with whom each hands off to', async () => {
    using at = workspace();
    const { stdout } = await inOneProcess(['tools', '--agent', TEAM], { cwd: at.path });
    expect(stdout).toMatch(/^triage: 0 tools, hands off to meteorologist, mathematician$/m);
    expect(stdout).toMatch(/^meteorologist: 1 tool\n {2}get_weather +\S*team\.ts +read$/m);
    expect(stdout).toMatch(/^mathematician: 6 tools$/m);
  });

  it('gives built-in tools to every agent of a team, but for its own of that name', async () => {
    using at = workspace();
    const args = ['tools', '--agent', TEAM, '--builtin', 'get_weather,calculate', '--json'];
    const tools = lines<{ name: string; source: string; agents: string[] }>(
      (await inOneProcess(args, { cwd: at.path })).stdout,
    );
    const everybody = ['triage', 'meteorologist', 'mathematician'];
    expect(tools.find(({ name }) => name === 'calculate')).toMatchObject({ source: 'built-in', agents: everybody });
    expect(tools.filter(({ name }) => name === 'get_weather')).toMatchObject([
      { source: 'built-in', agents: ['triage', 'mathematician'] },
      { source: TEAM, agents: ['meteorologist'] },
    ]);
  });

  it('gives each tool in full as a line of JSON', async () => {
    using at = workspace({ 'tools.mjs': TOOLS });
    const { stdout } = await inOneProcess(['tools', '--tools', 'tools.mjs', '--json'], { cwd: at.path });
    const tools = lines<{ name: string }>(stdout);
    expect(tools.map(({ name }) => name).toSorted()).toEqual(['counted', 'locked', 'plain', 'tamed']);
    expect(tools.find(({ name }) => name === 'counted')).toEqual({
      name: 'counted',
      description: 'Does it.',
      parameters: { type: 'object' },
      source: 'tools.mjs',
      policy: { effect: 'pure', cache: { scope: 'conversation', ttlMs: 60_000 } },
      agents: ['assistant'],
    });
    expect(tools.find(({ name }) => name === 'locked')).toMatchObject({
      description: 'Hostile \u001b[31m words.',
      policy: { effect: 'unsafe', locks: 'by arguments' },
    });
  });

  it('shows hostile text so that it can do nothing to a terminal', async () => {
    using at = workspace({ 'tools.mjs': TOOLS });
    const { stdout } = await inOneProcess(['tools', '--tools', 'tools.mjs'], { cwd: at.path });
    expect(stdout).toContain('Hostile \\u{1b}[31m words.');
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    [
      ['--builtin', 'calculator'],
      /Cannot use "calculator" as --builtin: .* There are: get_weather, .*list_files, or all\./,
    ],
    [['--root', 'nowhere'], /Cannot use "nowhere" as --root: it is no directory\./],
    [['--tools', 'clash.mjs', '--builtin', 'calculate'], /Cannot use tool "calculate": .*clash\.mjs.*built-in/],
    [['--tools', 'none.mjs'], /Cannot load none\.mjs: there is no such file\./],
    [
      ['--tools', 'misnamed.mjs'],
      /Cannot load misnamed\.mjs: .* tool "pl ain": its name must .* \(\S*misnamed\.mjs:\d+\)/,
    ],
  ])('says what is wrong with %j', async (args, problem) => {
    const clash = TOOLS.replace("tool('plain'", "tool('calculate'");
    const misnamed = TOOLS.replace("tool('plain'", "tool('pl ain'");
    using at = workspace({ 'clash.mjs': clash, 'misnamed.mjs': misnamed });
    const { code, stdout, stderr } = await inOneProcess(['tools', ...args], { cwd: at.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });

  it('leads its help with examples', async () => {
    using at = workspace();
    const { stdout } = await inOneProcess(['tools', '--help'], { cwd: at.path });
    expect(stdout).toMatch(/^Examples:\n {2}agentpar tools /);
    expect(stdout).toContain('--allow-private');
  });
});

describe.concurrent('agentpar run with built-in tools', () => {
  it('calculates in one call where only calculate is named', async () => {
    using at = workspace({ 'p.txt': 'What is (1 + 2) * (3 + 4)?\n' });
    const { code, calls, answers } = await run(['--builtin', 'calculate'], at.path);
    expect(code).toBe(0);
    expect(calls).toMatchObject([{ name: 'calculate', outcome: { kind: 'ok', output: 21 } }]);
    expect(answers[0]).toContain('21');
  });

  it('still calculates step by step by itself', async () => {
    using at = workspace({ 'p.txt': 'What is (1 + 2) * (3 + 4)?\n' });
    const { calls } = await run([], at.path);
    expect(calls.map(({ name }) => name).toSorted()).toEqual(['multiply_numbers', 'sum_numbers', 'sum_numbers']);
  });

  it('reads files of the root and of nowhere else', async () => {
    using at = workspace({ 'p.txt': 'Read the file "note.txt".\nRead the file "../p.txt".\n' });
    mkdirSync(join(at.path, 'root'));
    using root = workspace({ 'note.txt': 'a note' });
    const { calls } = await run(['--builtin', 'read_file', '--root', realpathSync(root.path)], at.path);
    const outcomes = calls.map(({ outcome }) => outcome).toSorted((a, b) => a.kind.localeCompare(b.kind));
    expect(outcomes).toMatchObject([
      { kind: 'failed', message: expect.stringContaining('it is outside of the directory that may be read') },
      { kind: 'ok', output: 'a note' },
    ]);
  });

  it.each([
    [[], { kind: 'failed', message: expect.stringContaining('only --allow-private') }],
    [['--allow-private'], { kind: 'failed', message: expect.stringContaining('ECONNREFUSED') }],
  ])('asks this machine only if it may: %j', async (options, outcome) => {
    using at = workspace({ 'p.txt': 'http get "http://127.0.0.1:9/"\n' });
    const { calls } = await run(['--builtin', 'http_get', ...options], at.path);
    expect(calls).toMatchObject([{ name: 'http_get', outcome }]);
  });
});

/** Runs `p.txt` offline. */
async function run(options: readonly string[], cwd: string) {
  const { code, stdout } = await inOneProcess(['run', 'p.txt', '--json', '--sim', 'ttft=1', ...options], { cwd });
  const events = lines<RunEvent>(stdout);
  return {
    code,
    calls: events.filter((event) => event.kind === 'tool_end'),
    answers: events.filter((event) => event.kind === 'conversation_end').map(({ answer }) => answer),
  };
}

function lines<T>(text: string): T[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
