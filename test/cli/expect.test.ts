import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../../src/report/result-row.ts';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, workspace } from '../support/run-agentpar.ts';

const SMOKE = resolve(import.meta.dirname, '../../prompts/smoke.yaml');

const PROMPTS = [
  { id: 'right', prompt: 'What is 5 + 5?', expect: { contains: '10', tool: 'sum_numbers' } },
  { id: 'wrong', prompt: 'What is 2 * 3?', expect: { contains: '7', tool: 'sum_numbers' } },
  { id: 'plain', prompt: 'What is 1 + 1?' },
];

describe.concurrent('What is expected of prompts', () => {
  it('comes true for the sample, offline, within its thresholds', async () => {
    using at = workspace();
    const thresholds = ['failed<=0%', 'p95<10m', 'tokens<100k'].flatMap((bound) => ['--threshold', bound]);
    const { code, stdout } = await agentpar(['run', SMOKE, '-q', ...thresholds], { cwd: at.path });
    expect(stdout).toMatch(/\nThresholds\n {2}met {6}failed<=0% +0 %\n {2}met +p95<10m +\d/);
    expect(stdout).not.toContain('missed');
    expect(code).toBe(0);
  });

  it('is counted by --dry-run', async () => {
    using at = workspace();
    const { stdout } = await inOneProcess(['run', SMOKE, '--dry-run'], { cwd: at.path });
    expect(stdout).toContain('\n10 expectations of 3 of 3 prompts\n');
  });

  it('exits with 3 if it is missed, with what was missed in the row, the log and the summary', async () => {
    using at = workspace({ 'p.jsonl': PROMPTS.map((prompt) => JSON.stringify(prompt)).join('\n') });
    const { code, stdout } = await inOneProcess(['run', 'p.jsonl', '--out', 'out'], { cwd: at.path });
    expect(code).toBe(3);
    expect(stdout).toMatch(/ wrong +end +done +\d.* missed contains, tool /);
    expect(stdout).toContain('3 conversations: 3 done, 1 not as expected\n');
    expect(stdout).toContain('\nNot as expected\n  wrong   contains: the answer does not contain "7"\n');
    expect(Object.fromEntries(rows(at.path).map(({ id, missed }) => [id, missed]))).toEqual({
      right: [],
      wrong: [
        { what: 'contains', problem: 'the answer does not contain "7"' },
        { what: 'tool', problem: 'sum_numbers was not called; called: multiply_numbers' },
      ],
      plain: undefined,
    });
    const again = await inOneProcess(['run', '--retry-failed', 'out', '--out', 'again', '-q'], { cwd: at.path });
    expect(again.stdout).toContain('1 conversation: 1 done, 1 not as expected\n');
  });

  it('may be missed as often as a threshold of failures allows; other thresholds hold beside it', async () => {
    using at = workspace({ 'p.jsonl': PROMPTS.map((prompt) => JSON.stringify(prompt)).join('\n') });
    const run = ['run', 'p.jsonl', '--json', '--threshold', 'failed<=34%'];
    const [allowed, tooSlow] = await Promise.all([
      inOneProcess(run, { cwd: at.path }),
      inOneProcess([...run, '--threshold', 'speedup>=1000'], { cwd: at.path }),
    ]);
    expect(allowed.code).toBe(0);
    expect(tooSlow.code).toBe(3);
    expect(tooSlow.stderr).toMatch(/^Threshold speedup>=1000 missed: \d\.\d\d \(estimated\), 99\d\.\d\d below it\.$/m);
    expect(tooSlow.stdout.split('\n').every((line) => line === '' || line.startsWith('{'))).toBe(true);
  });

  it('is judged over all parts of a run that was stopped', async () => {
    const [prompt] = PROMPTS;
    using at = workspace({ 'p.jsonl': JSON.stringify(prompt) });
    const run = ['run', 'p.jsonl', '-q', '--out', 'out', '--threshold', 'p95<1h', '--max-tokens', '2000'];
    const stopped = await inOneProcess(run, { cwd: at.path });
    expect(stopped.code).toBe(75);
    expect(stopped.stdout).not.toContain('Thresholds');
    expect(rows(at.path)[0]).not.toHaveProperty('missed');
    const { code, stdout } = await inOneProcess(['resume', 'out', '-q', '--max-tokens', '90000'], { cwd: at.path });
    expect(rows(at.path)).toMatchObject([{ status: 'done', turns: 2, missed: [] }]);
    expect(stdout).toMatch(/\nThresholds\n {2}met +p95<1h /);
    expect(code).toBe(0);
  });

  it.each([
    ['a tool that no agent has', { tool: 'get_wether' }, [], 65, /^p\.jsonl:1: Cannot expect tool "get_wether": /],
    [
      'a bound on a cost that is not known',
      { maxTokens: 1 },
      ['--threshold', 'cost<=1'],
      2,
      /^Cannot hold sim\/offline to --threshold cost<=1: /,
    ],
  ])('is refused before the first request if it is %s', async (_what, expected, more, exitCode, message) => {
    using at = workspace({ 'p.jsonl': JSON.stringify({ prompt: 'Hello', expect: expected }) });
    const { code, stdout, stderr } = await inOneProcess(['run', 'p.jsonl', ...more], { cwd: at.path });
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
  });
});

function rows(cwd: string): readonly ResultRow[] {
  const text = readFileSync(join(cwd, 'out/results.jsonl'), 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as ResultRow);
}
