import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { hostileIn } from '../report/support/hostile-text.ts';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, workspace } from '../support/run-agentpar.ts';
import { serverSource } from '../support/server-source.ts';

/** Control sequences, title, colours, bells, bidirectional and invisible characters, cut where no one would cut them. */
const PIECES = [
  'calm \u001b',
  '[31mred\u001b]0;ti',
  'tle\u0007 \u009b',
  '31m \u202eevil\u202c',
  '\u200b\r over',
  '\u0000\u007f',
];
const HOSTILE = PIECES.join('');

const TOOLS = `
  import { defineTool } from 'agentpar';
  export default defineTool({
    name: 'look', description: 'Looks.', parameters: { type: 'object', properties: { at: { type: 'string' } } },
    run: ({ at }) => {
      if (at === 'throw') throw new Error(${JSON.stringify(HOSTILE)});
      return { [${JSON.stringify(HOSTILE)}]: ${JSON.stringify(HOSTILE)}, polluted: String({}.polluted) };
    },
  });
  export const printing = defineTool({
    name: 'print', description: 'Prints.', policy: { thread: true }, parameters: { type: 'object' },
    run: () => { for (const piece of ${JSON.stringify(PIECES)}) process.stdout.write(piece); return 1; },
  });`;

describe.concurrent('What is said on a terminal and in the log', () => {
  it.each([
    ['-v', 'a.md'],
    ['--json', 'a.jsonl'],
    ['-q', 'a.csv'],
  ])('holds no control character of a model or tool, whatever chunks it comes in: %s, %s', async (flag, answers) => {
    await using model = await chatModel((turn) =>
      turn === 1
        ? {
            calls: [
              ['look', '{"at":"here"}'],
              ['look', '{"at":"throw"}'],
              ['print', '{}'],
              [`lo\u001b[2J\u202ek`, '{"at":"\u001b[2J"}'],
            ],
            text: PIECES,
          }
        : { text: PIECES },
    );
    using at = workspace({
      'p.jsonl': `${JSON.stringify({ prompt: HOSTILE })}\n`,
      'tools.mjs': TOOLS,
    });
    const call = ['run', 'p.jsonl', '--tools', 'tools.mjs', '--out', 'out', '-o', answers, flag];
    const { stdout, stderr, code } = await inOneProcess([...call, ...model.options], { cwd: at.path });
    expect(stderr).toContain('print: calm');
    expect({ code, stdout: hostileIn(stdout, '\n\t'), stderr: hostileIn(stderr, '\n') }).toEqual({
      code: 0,
      stdout: [],
      stderr: [],
    });
    const written = readFileSync(join(at.path, answers), 'utf8');
    if (answers === 'a.md') expect(hostileIn(written, '\n')).toEqual([]);
    else if (answers === 'a.jsonl') expect((JSON.parse(written) as { answer: string }).answer).toBe(HOSTILE);
    const results = readFileSync(join(at.path, 'out/results.jsonl'), 'utf8');
    expect((JSON.parse(results) as { answer: string }).answer).toBe(HOSTILE);
  });

  it('holds none of a prompt in a dry run', async () => {
    using at = workspace({ 'p.jsonl': `${JSON.stringify({ prompt: HOSTILE })}\n` });
    const { stdout } = await inOneProcess(['run', 'p.jsonl', '--dry-run'], { cwd: at.path });
    expect(stdout).toContain('calm');
    expect(hostileIn(stdout, '\n')).toEqual([]);
  });

  it.each([
    [['p.jsonl']],
    [['q.yaml']],
    [['missing\u001b[2J\u202e.txt']],
    [['p.jsonl', '--mcp', 'm.json']],
    [['p.jsonl', '-m', 'x\u001b[2J/y']],
  ])('holds none of a file or option that is wrong: %j', async (args) => {
    using at = workspace({
      'p.jsonl': '{"prompt": "a", "\\u001b[2Jx": 1}\n',
      'q.yaml': '- prompt: !\u202ebidi x\n',
      'm.json': '{"mcpServers": {"\\u001b]0;x": {}}}',
    });
    const { stderr, code } = await inOneProcess(['run', ...args], { cwd: at.path });
    expect(code).not.toBe(0);
    expect(hostileIn(stderr, '\n')).toEqual([]);
  });
});

describe.concurrent('Files', () => {
  it('are written inside of the run directory alone, for their owner alone, whatever things are called', async () => {
    const climbing = '../../../climbed';
    await using model = await chatModel(() => ({ text: [climbing] }));
    using at = workspace({
      'p.jsonl': [climbing, '/tmp/climbed', 'a/b', '.', 'x'.repeat(64)]
        .map((id) => `${JSON.stringify({ id, prompt: climbing, metadata: { file: climbing } })}\n`)
        .join(''),
    });
    const before = readdirSync(join(at.path, '..')).length;
    const { code } = await inOneProcess(['run', 'p.jsonl', ...model.options], { cwd: at.path });
    expect(code).toBe(0);
    const runs = readdirSync(join(at.path, '.agentpar/runs'));
    expect(runs).toEqual([expect.stringMatching(/^\d{8}-\d{6}-p$/)]);
    const directory = join(at.path, '.agentpar/runs', runs[0] ?? '');
    expect(readdirSync(at.path).toSorted()).toEqual(['.agentpar', 'p.jsonl']);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    expect(statSync(directory).mode & 0o077).toBe(0);
    expect(readdirSync(join(at.path, '..')).filter((name) => name.includes('climbed'))).toEqual([]);
    expect(before).toBeGreaterThan(0);
  });

  it('of answers make no formulas of what a model says', async () => {
    const formulas = ['=cmd()', '+1', '-1', '@SUM(A1)', '\t=1', '\u200b=1', '＝1', ' =1'];
    let next = 0;
    await using model = await chatModel(() => ({ text: [formulas[next++] ?? ''] }));
    using at = workspace({ 'p.txt': 'Hello\n'.repeat(formulas.length) });
    await inOneProcess(['run', 'p.txt', '-j', '1', '-o', 'a.csv', ...model.options], { cwd: at.path });
    const csv = readFileSync(join(at.path, 'a.csv'), 'utf8');
    for (const formula of formulas) {
      expect(csv).toContain(`'${formula}`);
      expect(csv).not.toMatch(new RegExp(`,"?${formula.replaceAll(/[+()]/g, '\\$&')}`));
    }
  });
});

describe.concurrent('Keys that reach for a prototype', () => {
  it('in the arguments of a call are answered with an error, and reach nothing', async () => {
    const attempts = [
      '{"__proto__":{"polluted":1}}',
      '{"at":{"constructor":{"prototype":{"polluted":1}}}}',
      '{"at":"here"}',
    ];
    await using model = await chatModel((turn) =>
      turn === 1 ? { calls: attempts.map((args) => ['look', args] as const) } : { text: ['done'] },
    );
    using at = workspace({ 'p.txt': 'Hello\n', 'tools.mjs': TOOLS });
    const { code } = await inOneProcess(['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', ...model.options], {
      cwd: at.path,
    });
    expect(code).toBe(0);
    const ends = eventsIn(at.path).flatMap((event) => (event.kind === 'tool_end' ? [event.outcome] : []));
    expect(ends.map(({ kind }) => kind).toSorted()).toEqual(['failed', 'failed', 'ok']);
    expect(JSON.stringify(ends)).toContain('"polluted":"undefined"');
  });

  it.each<[string, string, readonly string[]]>([
    ['p.jsonl', '{"prompt": "a", "vars": {"__proto__": {"polluted": 1}}}', ['p.jsonl']],
    ['p.jsonl', '{"prompt": "a", "metadata": {"a": {"constructor": {"prototype": 1}}}}', ['p.jsonl']],
    ['p.jsonl', '{"prompt": "a", "__proto__": {"polluted": 1}}', ['p.jsonl']],
    ['p.yaml', 'defaults:\n  vars: { __proto__: { polluted: 1 } }\nprompts:\n  - a\n', ['p.yaml']],
    ['p.csv', 'prompt,__proto__\na,b\n', ['p.csv']],
    ['m.json', '{"mcpServers": {"__proto__": {"command": "true"}}}', ['p.txt', '--mcp', 'm.json']],
    ['m.json', '{"mcpServers": {"a": {"command": "true", "env": {"__proto__": "x"}}}}', ['p.txt', '--mcp', 'm.json']],
    ['policy.json', '{"__proto__": {"thread": true}}', ['p.txt', '--policy', 'policy.json']],
    ['policy.json', '{"get_weather": {"__proto__": {"thread": true}}}', ['p.txt', '--policy', 'policy.json']],
    ['x', '', ['p.txt', '--policy', '__proto__.thread=true']],
    ['x', '', ['p.txt', '--policy', 'get_weather.__proto__.thread=true']],
  ])('in %s are refused: %s', async (name, content, args) => {
    using at = workspace({ 'p.txt': 'Hello\n', [name]: content });
    const { code, stderr } = await inOneProcess(['run', ...args, '--out', 'out'], { cwd: at.path });
    expect([2, 65]).toContain(code);
    expect(stderr).toMatch(/^[^\n]*Cannot [^\n]*(__proto__|constructor)/);
    expect(readdirSync(at.path)).not.toContain('out');
  });
});

describe.concurrent('What would take for ever', () => {
  it('in the patterns of a server’s schemas is not even looked at', async () => {
    const pattern = '^(a+)+$';
    const bait = `${'a'.repeat(40)}!`;
    const schema = `{ type: 'object', properties: { text: { type: 'string', pattern: '${pattern}' } }, required: ['text'] }`;
    await using model = await chatModel((turn) =>
      turn === 1 ? { calls: [['probe', JSON.stringify({ text: bait })]] } : { text: ['done'] },
    );
    using at = workspace({
      'p.txt': 'Hello\n',
      'server.mjs': serverSource({
        tool: `{ name: 'probe', description: 'x', inputSchema: ${schema}, outputSchema: ${schema} }`,
        result: `{ content: [], structuredContent: { text: '${bait}' } }`,
      }),
      'm.json': JSON.stringify({ mcpServers: { s: { command: process.execPath, args: ['server.mjs'] } } }),
    });
    const { code } = await inOneProcess(['run', 'p.txt', '--mcp', 'm.json', '--out', 'out', ...model.options], {
      cwd: at.path,
    });
    expect(code).toBe(0);
    const ends = eventsIn(at.path).filter((event) => event.kind === 'tool_end');
    expect(ends).toMatchObject([{ outcome: { kind: 'ok' } }]);
  });

  it('to write out a bomb of YAML aliases is refused', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `  l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`,
    );
    using at = workspace({
      'p.yaml': `defaults:\n  metadata:\n  l0: &l0 lol\n${levels.join('\n')}\nprompts:\n  - *l9\n`,
      'q.yaml': `- &a ["x", *a]\n`,
    });
    for (const file of ['p.yaml', 'q.yaml']) {
      const { code, stderr } = await inOneProcess(['run', file], { cwd: at.path });
      expect(code).toBe(65);
      expect(stderr).toMatch(/ya?ml:\d+: Cannot /);
    }
  });

  it('is not begun with arguments that are too deep, too large, no JSON or no object', async () => {
    const attempts = [
      `{"at":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      JSON.stringify({ at: 'x'.repeat(2 * 2 ** 20) }),
      '{"at": "here"',
      '[1]',
    ];
    await using model = await chatModel((turn) =>
      turn === 1 ? { calls: attempts.map((args) => ['look', args] as const) } : { text: ['done'] },
    );
    using at = workspace({ 'p.txt': 'Hello\n', 'tools.mjs': TOOLS });
    const { code } = await inOneProcess(['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', ...model.options], {
      cwd: at.path,
    });
    expect(code).toBe(0);
    const ends = eventsIn(at.path).flatMap((event) => (event.kind === 'tool_end' ? [event.outcome.kind] : []));
    expect(ends).toEqual(attempts.map(() => 'failed'));
  });
});

describe.concurrent('A limit of descriptors', () => {
  const hasLimits = spawnSync('sh', ['-c', 'ulimit -n 200 && test -r /proc/self/limits']).status === 0;
  it.skipIf(!hasLimits)('that is too small is told of before the first request, with what to do', async () => {
    using at = workspace({ 'p.txt': 'Hello\n' });
    const run = async (limit: number) => {
      const under = ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'];
      return (await agentpar(['run', 'p.txt', '-q', '-j', '100'], { cwd: at.path, under })).stderr;
    };
    expect(await run(200)).toMatch(/^This process may open 200 files .* may need 464: .*ulimit -n 464.* -j 34\.\n$/);
    expect(await run(464)).toBe('');
  });
});

type Said = { readonly text?: readonly string[]; readonly calls?: readonly (readonly [name: string, args: string])[] };

/** A model that speaks Chat Completions: `say` is asked by turn, and each piece of text is a chunk of its own. */
async function chatModel(say: (turn: number) => Said) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { messages } = JSON.parse(body) as { messages: readonly { role: string }[] };
    const { text = [], calls = [] } = say(messages.filter(({ role }) => role === 'assistant').length + 1);
    const send = (delta: unknown, finish: string | null = null) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      );
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of text) send({ content });
    for (const [index, [name, args]] of calls.entries()) {
      const half = Math.floor(args.length / 2);
      send({
        tool_calls: [
          { index, id: `call_${index}`, type: 'function', function: { name, arguments: args.slice(0, half) } },
        ],
      });
      send({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] });
    }
    send({}, calls.length > 0 ? 'tool_calls' : 'stop');
    response.end('data: [DONE]\n\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    options: ['-m', 'openai-chat/m', '--base-url', `http://127.0.0.1:${port}/v1`],
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function eventsIn(directory: string): readonly RunEvent[] {
  const text = readFileSync(join(directory, 'out/journal.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
}
