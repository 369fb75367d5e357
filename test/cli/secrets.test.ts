import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOneProcess } from '../support/one-process.ts';
import { agentpar, workspace } from '../support/run-agentpar.ts';
import { CITY, serverSource } from '../support/server-source.ts';

const inOneProcess = openOneProcess();

const CANARY = 'canary-"7f3a"/plus+50%';
const OWN = 'canary-set-by-the-tools-file';
const GIVEN = 'canary-given-to-a-server';

const TOOLS = `
  import { appendFileSync } from 'node:fs';
  import { defineTool } from 'agentpar';
  process.env.LATE_TOKEN = '${OWN}';
  const secret = process.env.DEPLOY_TOKEN;
  export default defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    run: ({ city }) => {
      appendFileSync('ledger', city + '\\n');
      Promise.reject(new Error('left behind ' + secret));
      if (city === 'Oslo') throw new Error('cannot ask with ' + secret);
      if (city === 'Rome') return JSON.stringify({ secret: JSON.stringify(secret) });
      return { [secret]: 'https://weather/?key=' + encodeURIComponent(secret), late: process.env.LATE_TOKEN };
    },
  });
  export const printing = defineTool({
    name: 'print', description: 'Prints the number.', policy: { thread: true },
    parameters: { type: 'object', properties: { number: { type: 'number' } }, required: ['number'] },
    run: () => { console.log(secret); console.error(secret); return secret; },
  });`;

const SERVER = serverSource({
  tool: `{ name: 'population', description: 'The population of a city.', inputSchema: ${CITY} }`,
  result: `{ content: [{ type: 'text', text: process.env.GIVEN + process.env.MODE }] }`,
});

const PROMPTS = `What is the weather in Oslo?\nWhat is the weather in Rome?\nWhat is the weather in Lima?
Print the number 5.\nWhat is the population of "Rome"?\nSay ${CANARY} again.\n`;

describe.concurrent('A secret', () => {
  it.each([
    ['log', ['-v', '-o', 'answers.md']],
    ['log', ['-q', '-o', 'answers.csv']],
    ['JSON', ['--json', '-o', 'answers.jsonl']],
  ])('is in nothing that a run writes: %s %j', async (_what, args) => {
    using at = workspace({
      'p.txt': PROMPTS,
      'tools.mjs': TOOLS,
      'server.mjs': SERVER,
      '.env': `DEPLOY_TOKEN='${CANARY}'\n`,
    });
    const sky = { command: process.execPath, args: ['server.mjs'], env: { GIVEN, MODE: 'production' } };
    writeFileSync(join(at.path, 'mcp.json'), JSON.stringify({ mcpServers: { sky } }));
    const call = ['run', 'p.txt', '--tools', 'tools.mjs', '--mcp', 'mcp.json', '--out', 'out', ...args];
    const { code, stdout, stderr } = await agentpar(call, { cwd: at.path });
    expect(code).toBe(0);
    expect(stderr).toContain('print: [DEPLOY_TOKEN]');
    const written = readdirSync(join(at.path, 'out'), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('input'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const answers = readdirSync(at.path).filter((name) => name.startsWith('answers'));
    const all = [stdout, stderr, ...written, ...answers.map((name) => readFileSync(join(at.path, name), 'utf8'))];
    expect(all.length).toBeGreaterThanOrEqual(5);
    for (const text of all) {
      // The backslash variants are how JSON, Markdown and the two together write the first one.
      for (const part of ['7f3a', '7f3a'.replace('f', '\\f'), OWN, GIVEN, encodeURIComponent(CANARY)]) {
        expect(text).not.toContain(part);
      }
    }
    const journal = readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8');
    for (const name of ['DEPLOY_TOKEN', 'LATE_TOKEN', 'GIVEN']) expect(journal).toContain(`[${name}]`);
    expect(journal).toContain('[GIVEN]production');
    expect(readFileSync(join(at.path, 'ledger'), 'utf8').split('\n').toSorted()).toEqual(['', 'Lima', 'Oslo', 'Rome']);
  });

  it('that an output is cut off in leaves no part of it in what a run writes', async () => {
    const tool = `
      import { defineTool } from 'agentpar';
      const secret = process.env.DEPLOY_TOKEN;
      export default defineTool({
        name: 'print', description: 'Prints the number.', policy: { effect: 'read' },
        parameters: { type: 'object', properties: { number: { type: 'number' } }, required: ['number'] },
        run: ({ number }) => {
          const text = 'x'.repeat(1024 - number) + secret + 'x'.repeat(1024 - secret.length) + secret + 'x'.repeat(9999);
          if (number === 9) throw new Error(text.slice('Tool "print" failed: '.length));
          return number % 2 ? text : [text.slice(2)];
        },
      });`;
    using at = workspace({
      'p.txt': [4, 5, 7, 8, 9].map((n) => `Print the number ${n}.\n`).join(''),
      'tools.mjs': tool,
    });
    const call = ['run', 'p.txt', '--tools', 'tools.mjs', '--out', 'out', '-v', '-o', 'answers.md'];
    const bounds = ['--max-output', '1024', '--max-journal-output', '2048'];
    const secret = 'tr0ub4dor-and-three';
    const { code, stdout } = await agentpar([...call, ...bounds], { cwd: at.path, env: { DEPLOY_TOKEN: secret } });
    expect(code).toBe(0);
    const files = ['out/journal.jsonl', 'out/results.jsonl', 'answers.md'];
    for (const text of [stdout, ...files.map((name) => readFileSync(join(at.path, name), 'utf8'))]) {
      expect(text).not.toContain('tr0u');
    }
    const journal = readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8');
    expect(journal.match(/\[DEPLOY_TOKEN\]\\n\[cut: the first 2048 of /g)).toHaveLength(5);
  });

  it('that a provider echoes in its error is not told on', async () => {
    await using server = await echoing();
    using at = workspace({ 'p.txt': 'Hello\n' });
    const key = 'sk-live-canary-123456';
    for (const command of [
      ['run', 'p.txt', '--out', 'out', '-m', 'openai/x'],
      ['doctor', '-m', 'openai/x'],
    ]) {
      const { stdout, stderr, code } = await inOneProcess(command, {
        cwd: at.path,
        env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: server.origin },
      });
      expect(code).not.toBe(0);
      expect(stdout + stderr).not.toContain(key);
    }
    const journal = readFileSync(join(at.path, 'out/journal.jsonl'), 'utf8');
    expect(journal).toContain('Bearer [OPENAI_API_KEY]');
    expect(journal).not.toContain(key);
    expect(server.keys()).toContain(`Bearer ${key}`);
  });

  it('in what is wrong with the command line or a file is not told on', async () => {
    using at = workspace({ 'p.jsonl': `{"prompt": "a", "${'k'}": 1}\n{"${'canary-in-a-key'}": 1}\n` });
    const env = { MY_SECRET: 'canary-in-a-key' };
    for (const args of [
      ['run', 'p.jsonl'],
      ['run', '--canary-in-a-key'],
      ['run', 'canary-in-a-key.txt'],
    ]) {
      const { stderr, stdout, code } = await inOneProcess(args, { cwd: at.path, env });
      expect(code).not.toBe(0);
      expect(stdout + stderr).not.toContain('canary');
      expect(stderr).toContain('[MY_SECRET]');
    }
  });
});

/** A server that refuses every key and says which. */
async function echoing() {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    const key = request.headers.authorization ?? '';
    keys.push(key);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    keys: () => keys,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
