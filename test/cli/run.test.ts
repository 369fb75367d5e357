import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { ResultRow } from '../../src/report/result-row.ts';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, startAgentpar, workspace } from '../support/run-agentpar.ts';
import { until } from '../support/until.ts';

const SAMPLES = resolve(import.meta.dirname, '../../prompts');
const sample = (name: string) => join(SAMPLES, name);

describe.concurrent('agentpar run', () => {
  it('runs the five cities offline, with every call in one log, the answers in order and the timing', async () => {
    using at = workspace();
    const { code, stdout, stderr } = await agentpar(['run', sample('cities.txt'), '-j', '5'], { cwd: at.path });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toContain('cities.txt');
    expect(stdout).toContain('sim/offline');
    expect(stdout.match(/ get_weather +started/g)).toHaveLength(5);
    expect(stdout.match(/ get_weather +\d\.\d\d s/g)).toHaveLength(5);
    const answers = ['Oslo', 'Lima', 'Nairobi', 'Tokyo', 'Reykjavik'].map((city) => stdout.lastIndexOf(city));
    expect(answers).toEqual(answers.toSorted((a, b) => a - b));
    expect(stdout).toContain('5 conversations: 5 done');
    expect(stdout).toMatch(/sequential +\d.* s +estimated/);
    expect(stdout).toMatch(/parallel +\d.* s +\d\.\d times faster/);
  });

  it('keeps a journal whose numbers have no gaps, a row for every prompt, and the answers, for its owner’s eyes only', async () => {
    using at = workspace({ 'p.txt': 'What is 1 + 2?\nWhat is 3 * 4?\nHello\n' });
    await inOneProcess(['run', 'p.txt', '-q', '-o', 'answers.md'], { cwd: at.path });
    expectInOrder(join(at.path, 'answers.md'), '= 3.', '= 12.');
    const runs = join(at.path, '.agentpar/runs');
    const directory = join(runs, readdirSync(runs)[0] ?? '');
    const events = lines<RunEvent>(join(directory, 'journal.jsonl'));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({ kind: 'run_start', format: 1, conversations: 3 });
    expect(events.at(-1)).toMatchObject({ kind: 'run_end', counts: { done: 3 } });
    const rows = lines<{ id: string; index: number; status: string }>(join(directory, 'results.jsonl'));
    expect(rows.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
    expect(rows.every(({ status }) => status === 'done')).toBe(true);
    expect(statSync(join(directory, 'journal.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('prints every event as a line of JSON with --json, and nothing else', async () => {
    using at = workspace({ 'p.txt': 'What is (1 + 2) * (3 + 4)?\nHello\n' });
    const args = ['run', 'p.txt', '--json', '--out', 'out', '-o', 'answers.jsonl'];
    const { stdout, code } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(0);
    expectInOrder(join(at.path, 'answers.jsonl'), '= 21.', 'I cannot answer');
    expect(stdout).toBe(readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8'));
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    const ends = events.filter((event) => event.kind === 'tool_end');
    expect(ends.map(({ name }) => name).toSorted()).toEqual(['multiply_numbers', 'sum_numbers', 'sum_numbers']);
    const first = events.find((event) => event.kind === 'conversation_end' && event.conversation === 'p1');
    expect(first).toMatchObject({ answer: expect.stringContaining('21') });
  });

  it('really runs one at a time first with --sequential, and compares both as measured', async () => {
    using at = workspace({
      'p.txt': 'What is the weather in Oslo and Rome?\nWhat is the weather in Lima?\n',
      'tools.mjs': `import { setTimeout } from 'node:timers/promises';
        import { defineTool } from 'agentpar';
        export default defineTool({ name: 'get_weather', description: 'The weather in a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          run: () => setTimeout(200, 'fine') });`,
    });
    const args = ['run', 'p.txt', '--tools', 'tools.mjs', '--sequential', '--out', 'out'];
    const { stdout, code } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/sequential +\d+\.\d\d s +measured/);
    expect(stdout).toMatch(/parallel +\d+\.\d\d s +measured; \d+\.\d times faster/);
    expect(stdout).toMatch(/estimate +\d+\.\d\d s/);
    const events = lines<RunEvent>(join(at.path, 'out/journal.jsonl'));
    const middle = events.findIndex((event) => event.kind === 'mode_end');
    expect(mostAtOnce(events.slice(0, middle))).toBe(1);
    expect(mostAtOnce(events.slice(middle))).toBeGreaterThan(1);
    expect(lines(join(at.path, 'out/results.jsonl'))).toHaveLength(2);
  });

  it('reads prompts from standard input, and writes the answers in their order', async () => {
    using at = workspace();
    const input = [41, 6].map((a) => `${JSON.stringify({ prompt: 'What is {{a}} + 1?', vars: { a } })}\n`).join('');
    const args = ['run', '--format', 'jsonl', '-q', '-o', 'answers.csv'];
    const { stdout, code } = await agentpar(args, { cwd: at.path, input });
    expect(code).toBe(0);
    expect(stdout).toContain('= 42.');
    expectInOrder(join(at.path, 'answers.csv'), '= 42.', '= 7.');
  });

  it('runs the samples of every format, and solves their mathematics', async () => {
    using at = workspace();
    const samples = { 'questions.jsonl': 3, 'trips.csv': 2, 'lessons.yaml': 3, 'math.txt': 8 };
    const files = Object.keys(samples).map(sample);
    const { stdout, code } = await inOneProcess(['run', ...files, '-q', '-j', '16', '--out', 'out'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toContain('16 conversations: 16 done');
    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    for (const [name, count] of Object.entries(samples)) {
      expect(rows.filter(({ source }) => basename(source.file) === name)).toHaveLength(count);
    }
    const math = rows.filter(({ source }) => basename(source.file) === 'math.txt').map(({ answer }) => answer);
    for (const solution of ['80', '13', '988', '1.75', 'no real']) expect(math.join('\n')).toContain(solution);
    expect(math.join('\n')).toMatch(/roots?.*\b[23]\b.*\b[23]\b/);
  });

  it('hands the sample questions to the agent that can answer them', async () => {
    using at = workspace();
    const { stdout, code } = await inOneProcess(['run', sample('handoff.txt'), '--agent', sample('team.ts')], {
      cwd: at.path,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('triage → meteorologist');
    expect(stdout.match(/triage → mathematician/g)).toHaveLength(2);
    expect(stdout).toContain('80');
  });
});

describe.concurrent('agentpar run, when something goes wrong,', () => {
  it('finishes the others, keeps a row for the failed one and exits with 1', async () => {
    using at = workspace({
      'p.jsonl': '{"prompt":"What is 1 + 1?"}\n{"prompt":"What is 2 + 2?","model":"openai/gpt"}\n',
    });
    const { code, stdout } = await inOneProcess(['run', 'p.jsonl', '--max-attempts', '2', '--out', 'out'], {
      cwd: at.path,
      env: { OPENAI_API_KEY: 'sk-none', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', AGENTPAR_MODEL: 'sim/offline' },
    });
    expect(code).toBe(1);
    expect(stdout).toContain('1 done');
    expect(lines(join(at.path, 'out/results.jsonl'))).toHaveLength(2);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['no file', ['run', 'none.txt'], 65, /none\.txt/],
    ['a bad prompt', ['run', 'bad.jsonl'], 65, /bad\.jsonl:2: /],
    [
      'a bad number',
      ['run', 'p.txt', '-j', '0'],
      2,
      /Cannot use "0" as --concurrency: it must be a whole number from 1/,
    ],
    ['an unknown option', ['run', 'p.txt', '--frobnicate'], 2, /unknown option/],
    ['an unknown command', ['walk'], 2, /unknown command/],
    ['an unknown provider', ['run', 'p.txt', '-m', 'acme/x'], 2, /openai\/|providers?/],
    ['a missing key', ['run', 'p.txt', '-m', 'openai/gpt-5.6-luna'], 2, /OPENAI_API_KEY/],
    ['an unknown agent in a prompt', ['run', 'agent.jsonl'], 65, /agent\.jsonl:1: .*"ghost"/],
    ['an output it cannot write', ['run', 'p.txt', '-o', 'x.pdf'], 2, /\.md/],
    ['a taken run directory', ['run', 'p.txt', '--out', '.'], 2, /not empty/],
    ['a filter that is no pattern', ['run', 'p.txt', '--filter', '('], 2, /--filter/],
    ['a tool file without tools', ['run', 'p.txt', '--tools', 'empty.ts'], 2, /exports none/],
    ['a tool file that is not there', ['run', 'p.txt', '--tools', 'gone.ts'], 2, /no such file/],
    ['TypeScript that is not only types', ['run', 'p.txt', '--tools', 'enum.ts'], 2, /enum/],
    ['a tool file that throws', ['run', 'p.txt', '--tools', 'throws.ts'], 2, /boom.*throws\.ts:1/],
  ])('says what about %s, and exits without asking a model', async (_what, args, exitCode, message) => {
    using at = workspace({
      'p.txt': 'Hello\n',
      'bad.jsonl': '{"prompt":"ok"}\n{"promt":"x"}\n',
      'agent.jsonl': '{"prompt":"x","agent":"ghost"}\n',
      'empty.ts': 'export const x = 1;\n',
      'enum.ts': 'export enum Colour { Red }\n',
      'throws.ts': 'throw new Error("boom");\n',
    });
    const { code, stderr, stdout } = await inOneProcess(args, { cwd: at.path });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
    expect(existsSync(join(at.path, '.agentpar'))).toBe(false);
  });

  it('shows how a file is split with --dry-run, and runs nothing', async () => {
    using at = workspace({ 'p.txt': 'First\n\n# no\nSecond\n' });
    const { stdout, code } = await inOneProcess(['run', 'p.txt', '--dry-run'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/p1 +p\.txt:1 .*sim\/offline.*First/);
    expect(stdout).toMatch(/p2 +p\.txt:4 .*Second/);
    expect(existsSync(join(at.path, '.agentpar'))).toBe(false);
  });

  it('goes on when a tool throws, times out or leaves a rejection behind', async () => {
    using at = workspace({
      'p.txt': 'What is the weather in Oslo?\nWhat is the weather in Rome?\nWhat is the weather in Lima?\n',
      'tools.ts': `
        const never = new Promise<string>(() => {});
        const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
        import { defineTool } from 'agentpar';
        export const weather = defineTool({
          name: 'get_weather', description: 'The weather in a city.', parameters,
          run: ({ city }: { city: string }) => {
            if (city === 'Oslo') throw new Error('no weather today');
            if (city === 'Rome') return never;
            Promise.reject(new Error('left behind'));
            return 'fine';
          },
        });`,
    });
    const args = ['run', 'p.txt', '--tools', 'tools.ts', '--tool-timeout', '100ms'];
    const { stdout, code } = await agentpar(args, { cwd: at.path });
    expect(stdout).toContain('no weather today');
    expect(stdout).toContain('timed out after 100 ms');
    expect(stdout).toMatch(/p3 +note .*left behind/);
    expect(stdout).toContain('3 conversations: 3 done');
    expect(code).toBe(0);
  });

  it('ends the others after the first failure with --fail-fast', async () => {
    using at = workspace({
      'p.txt': 'What is the weather in Oslo?\nHello\nHello again\n',
    });
    const args = ['run', 'p.txt', '--fail-fast', '--max-turns', '1', '-j', '1', '--out', 'out'];
    const { stdout, code } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(1);
    expect(stdout).toContain('2 not started');
  });
});

describe.concurrent('A signal', () => {
  it('lets what runs finish, writes what is there and exits with its own code', async () => {
    using at = workspace({ 'p.txt': 'What is the weather in Oslo?\nWhat is the weather in Rome?\n' });
    const run = startAgentpar(['run', 'p.txt', '-j', '1', '--out', 'out'], { cwd: at.path });
    await run.shows(/get_weather +started/);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('SIGINT: nothing new starts');
    expect(stdout).toContain('1 not started');
    const events = lines<RunEvent>(join(at.path, 'out/journal.jsonl'));
    expect(events.find((event) => event.kind === 'tool_end')?.outcome.kind).toBe('ok');
    expect(lines(join(at.path, 'out/results.jsonl'))).toMatchObject([{ status: 'cancelled' }]);
  });

  it('given twice ends a run at once, even in a tool that never ends', async () => {
    using at = workspace({
      'p.txt': 'What is the weather in Oslo?\n',
      'tools.mjs': `import { defineTool } from 'agentpar';
        setInterval(() => {}, 1000);
        export default defineTool({ name: 'get_weather', description: 'The weather in a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          run: () => new Promise(() => {}) });`,
    });
    const args = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', '--grace', '10m'];
    const run = startAgentpar(args, { cwd: at.path });
    await run.shows(/get_weather +started/);
    run.child.kill('SIGTERM');
    await until(() => run.errors().includes('nothing new starts'));
    run.child.kill('SIGTERM');
    const { code } = await run.finished;
    expect(code).toBe(143);
  });
});

describe.concurrent('Standard output', () => {
  it('that closes early neither crashes nor hangs the run', async () => {
    using at = workspace({ 'p.txt': 'What is the weather in Oslo?\nWhat is the weather in Rome?\n' });
    const run = startAgentpar(['run', 'p.txt', '--out', 'out'], { cwd: at.path });
    await run.shows(/p\.txt/);
    run.child.stdout.destroy();
    const { code, stderr } = await run.finished;
    expect(code).toBe(141);
    expect(stderr).not.toContain('EPIPE');
    expect(lines<RunEvent>(join(at.path, 'out/journal.jsonl')).at(-1)).toMatchObject({ kind: 'run_end' });
  });

  it('shows what a model or a tool says as text, never as control', async () => {
    using at = workspace({
      'p.txt': 'What is the weather in Oslo?\n',
      'tools.mjs': `import { defineTool } from 'agentpar';
        export default defineTool({ name: 'get_weather', description: 'The weather in a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          run: () => '\\u001b[31mred\\u001b]0;title\\u0007 \\u202e evil' });`,
    });
    const { stdout } = await inOneProcess(['run', 'p.txt', '--tools', 'tools.mjs'], { cwd: at.path });
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
    expect(stdout).toContain('red');
  });
});

function expectInOrder(path: string, first: string, second: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(first);
  expect(text.indexOf(second)).toBeGreaterThan(text.indexOf(first));
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

function mostAtOnce(events: readonly RunEvent[]): number {
  let open = 0;
  let most = 0;
  for (const { kind } of events) {
    if (kind === 'model_start' || kind === 'tool_start') most = Math.max(most, ++open);
    if (kind === 'model_end' || kind === 'tool_end') open--;
  }
  return most;
}
