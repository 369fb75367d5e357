import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentpar, workspace } from '../support/run-agentpar.ts';

/** Prints in every way; it waits for all that a stream promises to those who write to it, twice over. */
const TALKATIVE = `
  import { stdout } from 'node:process';
  import { Readable } from 'node:stream';
  import { pipeline } from 'node:stream/promises';
  import { defineTool } from 'agentpar';
  console.log('while it loads');
  stdout.write('by itself\\n');
  export const say = defineTool({
    name: 'get_weather', description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    run: async ({ city }) => {
      console.log('asked for %s\\u001b[2J with', city, process.env.MY_TOKEN);
      for (const time of ['once', 'twice']) {
        const given = await new Promise((done) => process.stdout.write('written ' + process.env.MY_TOKEN, 'utf8', done));
        if (!stdout.write(Buffer.alloc(20_000, 'x'))) await new Promise((done) => stdout.once('drain', done));
        await pipeline(Readable.from(['piped ' + time + (given ?? '')]), stdout);
      }
      process.stderr.write('to ' + process.env.MY_TOKEN + '\\n');
      process.stderr.write(Buffer.from('bytes to ' + process.env.MY_TOKEN + '\\n'));
      return 'fine';
    },
  });`;

describe.concurrent('agentpar run', () => {
  it('tells on standard error what tools print, without secrets, so that --json is JSON alone', async () => {
    using at = workspace({ 'p.txt': 'What is the weather in Oslo?\n', 'tools.mjs': TALKATIVE });
    const { code, stdout, stderr } = await agentpar(['run', 'p.txt', '--tools', 'tools.mjs', '--json'], {
      cwd: at.path,
      env: { MY_TOKEN: 'token-1234567' },
    });
    expect(code).toBe(0);
    const kinds = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    expect([kinds.at(0), kinds.at(-1)]).toEqual(['run_start', 'run_end']);
    const told = (time: string) => ['written [MY_TOKEN]', 'x'.repeat(20_000), `piped ${time}`];
    const ofTool = ['asked for Oslo\\u{1b}[2J with [MY_TOKEN]', ...told('once'), ...told('twice')];
    const lines = ['while it loads', 'by itself', ...ofTool.map((text) => `get_weather: ${text}`)];
    expect(stderr).toBe([...lines, 'to [MY_TOKEN]', 'bytes to [MY_TOKEN]', ''].join('\n'));
  });

  it('keeps conversations to --max-conversation-tokens, and rows in order with --ordered', async () => {
    using at = workspace({ 'p.txt': 'What is the weather in Oslo?\nHello\n' });
    const args = ['run', 'p.txt', '--sim', 'ttft=1', '--max-conversation-tokens', '9', '--ordered', '--out', 'out'];
    expect((await agentpar(args, { cwd: at.path })).code).toBe(1);
    const rows = readFileSync(join(at.path, 'out/results.jsonl'), 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).status)).toEqual(['max_tokens', 'done']);
    const { code, stderr } = await agentpar(['resume', 'out'], { cwd: at.path });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Nothing is left to do in out.\n' });
  });
});
