import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { isAlive } from '../support/is-alive.ts';
import { startAgentpar, workspace } from '../support/run-agentpar.ts';
import { CITY, serverSource } from '../support/server-source.ts';
import { until } from '../support/until.ts';

/** Notes its process and those of two children which outlive it if they can, one in a session of its own. */
const HAVE_CHILDREN = `
  import { spawn } from 'node:child_process';
  import { appendFileSync } from 'node:fs';
  const haveChildren = () => {
    process.on('SIGTERM', () => {});
    for (const detached of [false, ${process.platform === 'linux'}]) {
      const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore', detached });
      appendFileSync('pids', child.pid + '\\n');
    }
    appendFileSync('pids', process.pid + '\\n');
  };`;

/** Works for ever, with children if it is told to. */
const STUBBORN = `
  ${HAVE_CHILDREN}
  import { defineTool } from 'agentpar';
  export default defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    run: () => {
      if (process.env.CHILD) haveChildren();
      if (process.env.BUSY) appendFileSync('busy', '');
      for (;;);
    },
  });`;

/** A server that ends for nothing but SIGKILL, and so do its children; its one tool answers never. */
const STUBBORN_SERVER = `
  ${HAVE_CHILDREN}
  process.on('SIGINT', () => appendFileSync('interrupted', ''));
  setInterval(() => {}, 1000);
  haveChildren();
  ${serverSource({ tool: `{ name: 'weather_now', description: 'The weather in a city.', inputSchema: ${CITY} }` })}`;

const ONE = 'What is the weather in Oslo?\n';
const SERVER = JSON.stringify({ mcpServers: { sky: { command: process.execPath, args: ['server.mjs'] } } });
const IN_THREAD = ['--tools', 'tools.mjs', '--policy', 'get_weather.thread=true'];
const IN_PROCESS = ['--tools', 'tools.mjs', '--policy', 'get_weather.isolate=process'];
const ON_SERVER = ['--mcp', 'mcp.json'];
/** What would end otherwise only after a test has given up. */
const PATIENT = ['--grace', '10m'];

describe.concurrent('The first signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s lets nothing new start, and lets what runs finish', async (signal, exitCode) => {
    using at = workspace({ 'p.txt': 'What is (1 + 2) * (3 + 4)?\n'.repeat(40) });
    const run = startAgentpar(['run', 'p.txt', '--out', 'out', '-j', '4', '--sim', 'ttft=150'], { cwd: at.path });
    await run.shows(/end +done/);
    run.child.kill(signal);
    await until(() => run.errors().includes('nothing new starts'));
    const before = eventsIn(at.path).length;
    const { code, stderr } = await run.finished;
    expect(code).toBe(exitCode);
    expect(stderr).toContain(`${signal}: nothing new starts`);
    expect(stderr).toContain('agentpar resume out');
    const later = eventsIn(at.path).slice(before);
    expect(later.filter(({ kind }) => kind === 'conversation_start' || kind === 'model_start')).toEqual([]);
    expect(eventsIn(at.path).at(-1)).toMatchObject({ kind: 'run_end', stopped: signal });
    for (const event of later) if (event.kind === 'model_end') expect(event.result.ok).toBe(true);
  });
});

describe.concurrent('The second signal', () => {
  it.each([
    ['a thread that computes', IN_THREAD, {}],
    ['a process that computes, with children', IN_PROCESS, { CHILD: '1' }],
    ['a server that ends for nothing, with children', ON_SERVER, {}],
  ] as const)('ends the run at once and leaves nothing behind, in spite of %s', async (_what, args, env) => {
    using at = workspace({ 'p.txt': ONE, 'tools.mjs': STUBBORN, 'server.mjs': STUBBORN_SERVER, 'mcp.json': SERVER });
    const run = startAgentpar(['run', 'p.txt', '--out', 'out', ...PATIENT, ...args], { cwd: at.path, env });
    await run.shows(/(get_weather|weather_now) +started/);
    if (args !== IN_THREAD) await until(() => pidsIn(at.path).length === 3);
    run.child.kill('SIGINT');
    await until(() => run.errors().includes('nothing new starts'));
    run.child.kill('SIGINT');
    expect((await run.finished).code).toBe(130);
    await until(() => pidsIn(at.path).every((pid) => !isAlive(pid)));
    expect(eventsIn(at.path).at(-1)).toMatchObject({ kind: 'run_end' });
  });

  it('ends the run without waiting for a reader of its output', async () => {
    using at = workspace({ 'p.txt': ONE, 'tools.mjs': STUBBORN });
    writeFileSync(join(at.path, 'p.txt'), `${ONE}${'Say nothing of this. '.repeat(20_000)}\n`);
    const args = ['run', 'p.txt', '--json', '--out', 'out', ...PATIENT, ...IN_THREAD];
    const run = startAgentpar(args, { cwd: at.path });
    run.child.stdout.pause();
    await until(() => eventsIn(at.path).some(({ kind }) => kind === 'tool_start'));
    run.child.kill('SIGINT');
    await until(() => run.errors().includes('nothing new starts'));
    run.child.kill('SIGINT');
    // It would be 74 if it had waited for the reader as long as it does otherwise.
    expect(await new Promise((done) => run.child.on('exit', done))).toBe(130);
    run.child.stdout.destroy();
  });
});

describe.concurrent('A tool that lets nothing else happen', () => {
  const hasSessions = process.platform === 'linux';
  it.runIf(hasSessions).each([
    ['run', /^Ended without having heard the signals: .* agentpar resume out\n$/],
    ['bench', /Ended without having heard the signals: .* What was run is in out\.\n$/],
  ])(
    'holds up the second signal to the whole group of a %s, such as Ctrl-C, for no more than two seconds',
    async (command, lastWords) => {
      using at = workspace({ 'p.txt': ONE, 'tools.mjs': STUBBORN });
      const args = [command, 'p.txt', '--out', 'out', ...PATIENT, '--tools', 'tools.mjs'];
      const run = startAgentpar(args, { cwd: at.path, under: ['setsid'], env: { BUSY: '1' } });
      await until(() => existsSync(join(at.path, 'busy')));
      const interrupt = () => process.kill(-Number(run.child.pid), 'SIGINT');
      const ended = new Promise((done) => run.child.on('exit', (_code, signal) => done(signal)));
      // Two that come at once may be one.
      const again = setInterval(interrupt, 200);
      expect(await ended).toBe('SIGKILL');
      clearInterval(again);
      expect((await run.finished).stderr).toMatch(lastWords);
      const [journal = ''] = globSync('out/**/journal.jsonl', { cwd: at.path });
      expect(readFileSync(join(at.path, journal), 'utf8').trimEnd().split('\n').at(-1)).toContain(
        '"kind":"tool_start"',
      );
    },
  );
});

describe.concurrent('A run that is killed', () => {
  it.each([
    ['processes of tools', IN_PROCESS, { CHILD: '1' }],
    ['servers', ON_SERVER, {}],
  ] as const)('leaves no %s behind, nor what those have started', async (_what, args, env) => {
    using at = workspace({ 'p.txt': ONE, 'tools.mjs': STUBBORN, 'server.mjs': STUBBORN_SERVER, 'mcp.json': SERVER });
    const run = startAgentpar(['run', 'p.txt', '--out', 'out', ...args], { cwd: at.path, env });
    await run.shows(/(get_weather|weather_now) +started/);
    await until(() => pidsIn(at.path).length === 3);
    expect(pidsIn(at.path).every(isAlive)).toBe(true);
    run.child.kill('SIGKILL');
    await until(() => pidsIn(at.path).every((pid) => !isAlive(pid)));
  });
});

function eventsIn(directory: string): readonly RunEvent[] {
  const path = join(directory, 'out/journal.jsonl');
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent);
}

function pidsIn(directory: string): readonly number[] {
  const path = join(directory, 'pids');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [];
}
