import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';

it('reports a run to the job that it is a step of, to a file and to nobody who is not there', async () => {
  using at = workspace({ 'p.txt': 'What is the weather in Oslo?\nSay hello.\n' });
  const summary = join(at.path, 'summary.md');
  const port = await closedPort();
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: at.path };
  const args = [
    'run',
    'p.txt',
    '-q',
    '--out',
    'r',
    '--max-turns',
    '1',
    '--otlp',
    `http://user:hush-hush-hush@127.0.0.1:${port}`,
  ];
  const { code, stderr } = await inOneProcess(args, { cwd: at.path, env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^::stop-commands::([\w-]+)\n::\1::\n::error file=p\.txt,line=1,title=p1%3A max_turns::/);
  expect(stderr).toContain(`Cannot send spans to http://127.0.0.1:${port}: connect ECONNREFUSED`);
  expect(stderr).not.toContain('hush');
  expect(readFileSync(join(at.path, 'r', 'journal.jsonl'), 'utf8')).not.toContain('hush');
  expect(readFileSync(summary, 'utf8')).toContain('1 of 2 conversations succeeded');

  expect(await inOneProcess(['report', 'r', '-o', 'x.trace.json'], { cwd: at.path })).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(JSON.parse(readFileSync(join(at.path, 'x.trace.json'), 'utf8')).traceEvents.length).toBeGreaterThan(5);
  const unknown = await inOneProcess(['report', 'r', '-o', 'x.pdf'], { cwd: at.path });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('say it with -f markdown|json|junit');
  expect(existsSync(join(at.path, 'x.pdf'))).toBe(false);
});

it('predicts a run without running anything, from what it took and what its tools declare', async () => {
  const tools = `
    import { appendFileSync } from 'node:fs';
    import { defineTool } from 'agentpar';
    export const get_weather = defineTool({
      name: 'get_weather', description: 'x', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }, policy: { effect: 'unsafe', locks: ['sky'] },
      run: async () => { appendFileSync('ran.txt', 'x'); await new Promise((done) => setTimeout(done, 100)); return 'dry'; },
    });`;
  using at = workspace({
    'p.txt': ['Oslo', 'Rome', 'Lima'].map((city) => `What is the weather in ${city}?\n`).join(''),
    'tools.mjs': tools,
  });
  await inOneProcess(['run', 'p.txt', '-q', '--out', 'r', '-t', 'tools.mjs', '-j', '2'], { cwd: at.path });
  const { code, stdout, stderr } = await inOneProcess(['whatif', 'r', '-j', '1,2,3', '--json'], { cwd: at.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { measured, predictions, notModelled } = JSON.parse(stdout);
  expect(Math.abs(measured.predictedMs / measured.wallMs - 1)).toBeLessThan(0.02);
  // The lock lets one tool run at a time, however many conversations there are.
  expect(Math.min(...predictions.map(({ wallMs }: { wallMs: number }) => wallMs))).toBeGreaterThan(300);
  expect(notModelled.join('\n')).not.toContain('threads of tools');
  expect(readFileSync(join(at.path, 'ran.txt'), 'utf8')).toBe('xxx');
});

it('predicts a run whose agents are gone whatever its tools were called, and refuses one that names nobody', async () => {
  using at = workspace({ 'p.txt': 'What is the weather in Oslo?\n' });
  await inOneProcess(['run', 'p.txt', '-q', '--out', 'r', '--sim', 'ttft=1'], { cwd: at.path });
  const path = join(at.path, 'r/journal.jsonl');
  const whole = readFileSync(path, 'utf8').replace('"options":{', '"options":{"plan":true,"agent":"gone.ts",');
  const whatif = (journal: string) => {
    writeFileSync(path, journal);
    return inOneProcess(['whatif', 'r', '-j', '1'], { cwd: at.path });
  };
  for (const name of ['run_plan', 'get weather']) {
    expect(await whatif(whole.replaceAll('"get_weather"', `"${name}"`))).toMatchObject({ code: 0, stderr: '' });
  }
  const [start, mode, ...rest] = whole.split('\n');
  const nameless = rest.join('\n').replace('"agent":"assistant"', '"agent":" "');
  const place = `line 3, byte ${Buffer.byteLength(`${start}\n${mode}\n`)}`;
  const { code, stderr } = await whatif(`${start}\n${mode}\n${nameless}`);
  expect({ code, stderr }).toEqual({ code: 65, stderr: expect.stringContaining(`${place}: its "agent" is missing`) });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
