import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

const TOOLS = `
  import { defineTool } from 'agentpar';
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    run: async ({ city }) => {
      if (process.env.SIZE) return city.padEnd(Number(process.env.SIZE) - 20, '.') + ' ' + process.env.SKY_TOKEN;
      if (process.env.FAILURE) throw new Error(process.env.FAILURE.repeat(100));
      await new Promise((done) => setTimeout(done, 100));
      return 'fine';
    },
  });`;

const FILES = {
  'three.txt': 'What is the weather in Oslo, Rome and Lima?\n',
  'one.txt': 'What is the weather in Oslo?\n',
};
const ON = ['--tools', 'tools.mjs', '--sim', 'ttft=5', '--out', 'out'];

function place() {
  const at = workspace({ ...FILES, 'tools.mjs': TOOLS });
  const events = () =>
    readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
  const only = <K extends RunEvent['kind']>(kind: K) =>
    events().filter((event): event is EventOf<K> & RunEvent => event.kind === kind);
  const row = () => JSON.parse(readFileSync(join(at.path, 'out/results.jsonl'), 'utf8'));
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    inOneProcess(args, { cwd: at.path, env });
  return { run, only, row, [Symbol.dispose]: () => at[Symbol.dispose]() };
}

describe.concurrent('agentpar run', () => {
  it('runs only so many tool calls of one turn at once, also when it goes on, and says what they waited for', async () => {
    using at = place();
    const stopped = await at.run(['run', 'three.txt', ...ON, '--turn-concurrency', '1', '--max-tokens', '1']);
    expect({ code: stopped.code, calls: at.only('tool_start') }).toEqual({ code: 75, calls: [] });
    const { code, stdout } = await at.run(['resume', 'out', '--max-tokens', '100000']);
    expect(code).toBe(0);
    expect(at.only('tool_start').filter(({ waits }) => (waits.turn ?? 0) > 50)).toHaveLength(2);
    expect(stdout).toMatch(/started.*after \d\.\d\d s for a slot of its turn/);
    expect(stdout).toMatch(/queued +\d\.\d\d s +2 tool calls waited for a slot/);
    expect((await at.run(['explain', 'out'])).stdout).toContain(
      'try a higher --turn-concurrency: calls waited for others of their turn',
    );
  });

  it('has the bound on calls of one turn scheduled by whatif, as it was and with another', async () => {
    using at = place();
    await at.run(['run', 'three.txt', ...ON, '--turn-concurrency', '1']);
    const wallMs = async (...more: string[]) =>
      JSON.parse((await at.run(['whatif', 'out', '--json', '-j', '4', ...more])).stdout).predictions[0].wallMs;
    expect(await wallMs()).toBeGreaterThanOrEqual(300);
    expect(await wallMs('--turn-concurrency', '3')).toBeLessThan((await wallMs()) - 150);
    expect((await at.run(['whatif', 'out', '--turn-concurrency', '3'])).stdout).toContain(
      '3 tool calls at once in one turn at most',
    );
  });

  it('keeps more of an output in the journal than the model is shown, and a resume shows the model just the same', async () => {
    const env = { SIZE: '300000', SKY_TOKEN: 'token-1234567' };
    const run = ['run', 'one.txt', ...ON, '--max-output', '8k'];
    using whole = place();
    expect((await whole.run(run, env)).code).toBe(0);
    using at = place();
    expect((await at.run([...run, '--max-tokens', '2000'], env)).code).toBe(75);
    expect((await at.run(['resume', 'out', '--max-tokens', '1000000'], env)).code).toBe(0);
    expect(at.only('tool_end')).toMatchObject([
      {
        outcome: { output: expect.stringMatching(/^Oslo\.+\n\[cut: the first 8192 of 299994 bytes\]$/) },
        fullOutput: `${'Oslo'.padEnd(299_980, '.')} [SKY_TOKEN]`,
      },
    ]);
    expect(at.row().answer).toContain('[cut: the first 8192 of 299994 bytes]');
    expect(at.row().answer).toBe(whole.row().answer);
  });

  it('cuts what the model is shown and what the journal keeps where it is told to, errors too', async () => {
    using at = place();
    const args = ['--max-output', '100', '--max-journal-output', '1k'];
    await at.run(['run', 'one.txt', ...ON, ...args], { FAILURE: 'no weather today, sorry. ' });
    const [end] = at.only('tool_end');
    expect(end?.outcome).toMatchObject({ message: expect.stringContaining('[cut: the first 100 of ') });
    expect(end?.fullOutput).toMatch(/^Tool "get_weather" failed: no weather.*\n\[cut: the first 1024 of \d+ bytes\]$/);
  });

  it('refuses arguments and prompts that are too large, and names the option that allows more', async () => {
    using at = place();
    const { stdout } = await at.run(['run', 'one.txt', ...ON, '--max-arguments', '10']);
    expect(stdout).toContain('The arguments are larger than 10 bytes (--max-arguments).');
    expect(await at.run(['run', 'one.txt', '--max-prompt', '20'])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('it is longer than 20 bytes. Split it, leave it out, or raise --max-prompt.'),
    });
    expect(await at.run(['run', 'one.txt', '--max-prompt', '300m'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Cannot use "300m" as --max-prompt: it must be a size'),
    });
  });
});
