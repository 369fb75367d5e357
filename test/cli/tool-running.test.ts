import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../src/contract/event.ts';
import { inOneProcess } from '../support/one-process.ts';
import { workspace } from '../support/run-agentpar.ts';
import { CITY, serverSource } from '../support/server-source.ts';

const CITIES = resolve(import.meta.dirname, '../../prompts/cities.txt');

const TOOLS = `
  import { defineTool } from 'agentpar';
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  let runs = 0;
  export const weather = defineTool({
    name: 'get_weather', description: 'The weather in a city.', parameters,
    run: async ({ city }) => {
      runs += 1;
      if (process.env.FAIL_FIRST && runs === 1) throw new Error('not yet');
      if (process.env.BLOCK_MS) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.env.BLOCK_MS));
      if (process.env.EXIT) process.exit(3);
      await new Promise((done) => setTimeout(done, Number(process.env.TOOK_MS ?? 100)));
      return 'fine ' + runs;
    },
  });`;

/** Runs prompts with the tool above and gives what was told. */
async function told(prompts: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  using at = workspace({ 'p.txt': prompts, 'tools.mjs': TOOLS });
  const call = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', ...args];
  const { code, stdout, stderr } = await inOneProcess(call, { cwd: at.path, env });
  const events = readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent);
  const only = <K extends RunEvent['kind']>(kind: K) =>
    events.filter((event): event is EventOf<K> & RunEvent => event.kind === kind);
  return { code, stdout, stderr, only };
}

const ONE = 'What is the weather in Oslo?\n';
const THREE = 'What is the weather in Oslo?\nWhat is the weather in Rome?\nWhat is the weather in Lima?\n';
const SAME = 'What is the weather in Oslo?\nTell me the weather in Oslo.\nHow is the weather in Oslo?\n';

describe.concurrent('agentpar run', () => {
  it('tames a tool with --policy, without its file being touched', async () => {
    const { code, stdout, only } = await told(THREE, ['--policy', 'get_weather.locks=["sky"]'], { TOOK_MS: '500' });
    expect(code).toBe(0);
    expect(only('tool_start').filter(({ waits }) => (waits.lock ?? 0) > 50)).toHaveLength(2);
    expect(stdout).toMatch(/started.*after \d\.\d\d s for a lock/);
    expect(stdout).toMatch(/held +\d\.\d\d s +tool calls waited \d\.\d\d s for locks/);
  });

  it('shares results of a pure tool over conversations, and says what that saved', async () => {
    const pure = await told(SAME, ['--policy', 'get_weather.effect=pure']);
    expect(pure.only('tool_end').filter(({ shared }) => shared)).toHaveLength(2);
    expect(pure.stdout).toContain('shared with p');
    expect(pure.stdout).toMatch(/saved +\d+\.\d\d s +2 tool calls answered with the result of an equal one/);
    const each = await told(SAME, ['--policy', 'get_weather.effect=pure', '--no-cache']);
    expect(each.only('tool_end').filter(({ shared }) => shared)).toHaveLength(0);
  });

  it('retries a tool that may be, and says so', async () => {
    const policy = ['--policy', 'get_weather.effect=idempotent', 'get_weather.retry={"attempts":2,"backoffMs":10}'];
    const { stdout, only } = await told(ONE, policy, { FAIL_FIRST: '1' });
    expect(only('tool_retry')).toMatchObject([{ attempt: 1, message: expect.stringContaining('not yet') }]);
    expect(only('tool_end')).toMatchObject([{ outcome: { kind: 'ok', output: 'fine 2' } }]);
    expect(stdout).toMatch(/retry +get_weather +in 0\.01 s/);
  });

  it('names a tool that blocks everything else, and runs it in a thread if told to', async () => {
    const blocking = await told(ONE, [], { BLOCK_MS: '200' });
    expect(blocking.stdout).toMatch(/note .*get_weather let nothing else happen for \d{3,} ms.*thread=true/);
    const threaded = await told(ONE, ['--policy', 'get_weather.thread=true'], { BLOCK_MS: '200' });
    expect(threaded.stdout).not.toContain('let nothing else happen');
    expect(threaded.stdout).toContain('1 conversation: 1 done');
  });

  it('survives a tool that takes its process down, if it has one of its own', async () => {
    const { code, only, stdout } = await told(THREE, ['--policy', 'get_weather.isolate=process'], { EXIT: '1' });
    expect(code).toBe(0);
    expect(only('tool_end').map(({ outcome }) => outcome.kind === 'failed' && outcome.code)).toEqual([
      'crashed',
      'crashed',
      'crashed',
    ]);
    expect(stdout).toContain('3 conversations: 3 done');
  });

  it('lets no tool of its own process end that', async () => {
    const { code, only, stdout } = await told(THREE, [], { EXIT: '1' });
    expect(code).toBe(0);
    expect(only('tool_end')).toMatchObject(
      Array.from({ length: 3 }, () => ({ outcome: { message: expect.stringContaining('it called process.exit(') } })),
    );
    expect(stdout).toContain('3 conversations: 3 done');
  });

  it('refuses a file of tools that ends the process while it is loaded', async () => {
    using at = workspace({ 'p.txt': ONE, 'tools.mjs': 'process.exit(0);' });
    const { code, stderr } = await inOneProcess(['run', 'p.txt', '--tools', 'tools.mjs'], { cwd: at.path });
    expect(code).toBe(2);
    expect(stderr).toContain('Cannot load tools.mjs: it failed while loading: it called process.exit(0)');
  });

  it('runs no tool that needs approval where nobody can be asked', async () => {
    const { only } = await told(THREE, ['--approve', 'get_*']);
    expect(only('tool_end').every(({ outcome }) => outcome.kind === 'failed' && outcome.code === 'not_approved')).toBe(
      true,
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a tool that is not there', ['--policy', 'get_wether.thread=true'], /no such tool.*get_weather/],
    ['a policy that there is not', ['--policy', 'get_weather.speed=9'], /no policy "speed"/],
    ['a value that does not fit', ['--policy', 'get_weather.timeoutMs=soon'], /timeoutMs must be a number above 0/],
    ['a retry of an unsafe tool', ['--policy', 'get_weather.retry.attempts=3'], /an unsafe tool runs at most once/],
    ['a file that is not there', ['--policy', 'policy.json'], /Cannot use "policy\.json" as --policy/],
    ['MCP servers that are not there', ['--mcp', 'none.json'], /Cannot read none\.json/],
  ])('refuses --policy or --mcp for %s', async (_what, args, message) => {
    using at = workspace({ 'p.txt': THREE, 'tools.mjs': TOOLS });
    const { code, stderr } = await inOneProcess(['run', 'p.txt', '--tools', 'tools.mjs', ...args], { cwd: at.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('offers tools of MCP servers, and leaves no server behind', async () => {
    using at = workspace({
      'server.mjs': serverSource({
        tool: `{ name: 'weather_now', description: 'The weather in a city.', annotations: { readOnlyHint: true }, inputSchema: ${CITY} }`,
        result: `{ content: [{ type: 'text', text: 'mild in ' + params.arguments.city + ', asked of ' + process.pid }] }`,
      }),
      'mcp.json': JSON.stringify({ mcpServers: { sky: { command: process.execPath, args: ['server.mjs'] } } }),
    });
    const { code, stdout } = await inOneProcess(['run', CITIES, '--mcp', 'mcp.json'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toContain('mild in Oslo');
    const servers = new Set([...stdout.matchAll(/asked of (\d+)/g)].map(([, pid]) => Number(pid)));
    expect(servers.size).toBe(1);
    for (const pid of servers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('learns from earlier journals how long tools take, and takes background tasks and plans on offer', async () => {
    using at = workspace({ 'p.txt': ONE, 'tools.mjs': TOOLS });
    const args = ['run', 'p.txt', '--tools', 'tools.mjs', '-q'];
    await inOneProcess(args, { cwd: at.path });
    const call = [...args, '--learn', '--plan', '--background', 'wait'];
    expect(await inOneProcess(call, { cwd: at.path })).toMatchObject({ code: 0, stderr: '' });
  });
});
