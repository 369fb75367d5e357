import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentpar, workspace } from '../support/run-agentpar.ts';

const CITIES = ['Oslo', 'Rome', 'Lima', 'Bonn'];
const file = (cities: readonly string[]) => cities.map((city) => `What is the weather in ${city}?\n`).join('');

describe.concurrent('A prompts file that was changed between two attempts', () => {
  it('loses no answer and none twice: every prompt has one row and stands in the answers once', async () => {
    using at = workspace({ 'p.txt': file(CITIES) });
    const stopped = ['run', 'p.txt', '--sim', 'ttft=1', '-j', '1', '--max-tokens', '2600', '--out', 'out'];
    expect((await agentpar([...stopped, '-o', 'answers.jsonl'], { cwd: at.path })).code).toBe(75);
    writeFileSync(join(at.path, 'p.txt'), file(['Kyiv', ...CITIES.toReversed()]));
    const { code, stderr } = await agentpar(['resume', 'out', '--max-tokens', '90000'], { cwd: at.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(rows(join(at.path, 'answers.jsonl')).map(({ answer }) => /^\w+/.exec(answer)?.[0])).toEqual(
      expect.arrayContaining([...CITIES, 'Kyiv']),
    );
    const made = rows(join(at.path, 'out/results.jsonl'));
    expect(new Set(made.map(({ id }) => id)).size).toBe(5);
    expect(made.map(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3, 4]);
    const runs = await agentpar(['resume', 'out'], { cwd: at.path });
    expect(runs.stderr).toContain('Nothing is left to do');
  });

  it('is refused if a prompt that was not begun has another text, but not for another order', async () => {
    using at = workspace({ 'p.txt': file(CITIES) });
    const stopped = ['run', 'p.txt', '--sim', 'ttft=1', '-j', '1', '--max-tokens', '2600', '--out', 'out'];
    expect((await agentpar(stopped, { cwd: at.path })).code).toBe(75);
    const raised = ['resume', 'out', '--max-tokens', '90000'];
    writeFileSync(join(at.path, 'p.txt'), file(['Oslo', 'Rome', 'Lima', 'Paris']));
    const refused = await agentpar(raised, { cwd: at.path });
    expect(refused).toMatchObject({ code: 65, stderr: expect.stringContaining('not begun have another text') });
    writeFileSync(join(at.path, 'p.txt'), file(['Bonn', 'Oslo', 'Lima', 'Rome']));
    expect(await agentpar(raised, { cwd: at.path })).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps the rows of those alone that are there, once what was begun may be left out', async () => {
    using at = workspace({ 'p.txt': file(CITIES) });
    const stopped = ['run', 'p.txt', '--sim', 'ttft=1', '-j', '1', '--max-tokens', '2600', '--out', 'out'];
    expect((await agentpar(stopped, { cwd: at.path })).code).toBe(75);
    writeFileSync(join(at.path, 'p.txt'), file(['Paris', 'Rome']));
    const raised = ['resume', 'out', '--max-tokens', '90000'];
    expect((await agentpar(raised, { cwd: at.path })).code).toBe(65);
    const { code, stdout } = await agentpar([...raised, '--allow-changed'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toContain('2 conversations: 2 done');
    expect(
      rows(join(at.path, 'out/results.jsonl'))
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['p1', 'p2']);
    expect((await agentpar(['resume', 'out'], { cwd: at.path })).stderr).toContain('Nothing is left to do');
  });

  it('has those retried that failed, wherever they stand now', async () => {
    using at = workspace({ 'p.txt': `${file(['Oslo'])}Hello\n` });
    const run = ['run', 'p.txt', '--sim', 'ttft=1', '--max-turns', '1', '--out', 'out'];
    expect((await agentpar(run, { cwd: at.path })).code).toBe(1);
    writeFileSync(join(at.path, 'p.txt'), `Hello\n${file(['Oslo'])}`);
    const again = ['run', '--retry-failed', 'out', '--max-turns', '9', '--out', 'again'];
    const { stdout } = await agentpar(again, { cwd: at.path });
    expect(stdout).toContain('1 conversation: 1 done');
    expect(stdout).toMatch(/^ +Oslo: /m);
  });
});

function rows(path: string): { id: string; index: number; answer: string }[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
