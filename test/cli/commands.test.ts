import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, startAgentpar, workspace } from '../support/run-agentpar.ts';

describe.concurrent('agentpar', () => {
  it.each([
    [['--help'], 'agentpar run prompts.txt'],
    [['run', '--help'], 'agentpar run a.txt b.jsonl'],
    [['sim', '--help'], 'agentpar sim --port 8080'],
    [['doctor', '--help'], 'agentpar doctor'],
    [['explain', '--help'], 'agentpar explain'],
  ])('%j leads with examples', async (args, example) => {
    using at = workspace();
    const { code, stdout } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Examples:/);
    expect(stdout.indexOf(example)).toBeLessThan(stdout.indexOf('Usage:'));
    expect(stdout.match(/^Examples:/gm)).toHaveLength(1);
  });

  it('says its version', async () => {
    using at = workspace();
    expect(await agentpar(['--version'], { cwd: at.path })).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('without a command shows its help and fails', async () => {
    using at = workspace();
    const { code, stderr } = await inOneProcess([], { cwd: at.path });
    expect(code).toBe(2);
    expect(stderr).toContain('Usage:');
  });

  it.each([
    ['--help', ['--help']],
    ['--dry-run', ['run', 'p.txt', '--dry-run']],
  ])('loads neither an SDK nor the spinner for %s', async (_what, args) => {
    using at = workspace({ 'p.txt': 'Hello\n' });
    const { stderr } = await agentpar(args, { cwd: at.path, env: { NODE_DEBUG: 'esm' } });
    const loaded = new Set(stderr.match(/file:[^\s'"]*\/dist\/[^\s'"]*\.js/g));
    const code = [...loaded].map((url) => readFileSync(fileURLToPath(url), 'utf8')).join('');
    expect(code).toMatch(/class Command extends/);
    expect(code).not.toMatch(/(class GoogleGenAI|(OpenAI|Ora|EnvHttpProxyAgent) = class)\b/);
  });

  it('loads no fetch of Node’s own beside the one for its requests, and no HTTP/2', async () => {
    const prompts = ['sim/offline', 'sim/gemini'].map((model) => `${JSON.stringify({ prompt: 'Hello', model })}\n`);
    using at = workspace({
      'p.jsonl': prompts.join(''),
      'tell.mjs': `process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')));`,
    });
    const env = { NODE_OPTIONS: `--import=${join(at.path, 'tell.mjs')}` };
    const { code, stderr } = await agentpar(['run', 'p.jsonl'], { cwd: at.path, env });
    expect(code).toBe(0);
    expect(stderr).toContain('NativeModule net');
    expect(stderr).not.toMatch(/undici|http2/);
  });
});

describe.concurrent('agentpar doctor', () => {
  it('says offline what would be used, that it works, and how to have a real model', async () => {
    using at = workspace();
    const { code, stdout } = await inOneProcess(['doctor'], { cwd: at.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/OPENAI_API_KEY +not set/);
    expect(stdout).toMatch(/model +sim\/offline/);
    expect(stdout).toContain('For a real model set OPENAI_API_KEY');
  });

  it('reads .env, but what the shell has set stays', async () => {
    using at = workspace({ '.env': 'OPENAI_API_KEY=from-file\nAGENTPAR_MODEL=sim/from-file\n' });
    const { stdout } = await inOneProcess(['doctor'], { cwd: at.path, env: { AGENTPAR_MODEL: 'sim/from-shell' } });
    expect(stdout).toMatch(/\.env +read/);
    expect(stdout).toMatch(/OPENAI_API_KEY +set/);
    expect(stdout).toMatch(/model +sim\/from-shell/);
    expect(stdout).not.toContain('from-file');
  });

  it('says when the endpoint does not answer, and fails', async () => {
    using at = workspace();
    const env = { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    const { code, stdout } = await inOneProcess(['doctor'], { cwd: at.path, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/endpoint .*127\.0\.0\.1:9/);
  });

  it('shows no password of a base URL, which it refuses', async () => {
    using at = workspace();
    const env = { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: 'http://me:geheim@127.0.0.1:9/v1' };
    const { code, stdout } = await inOneProcess(['doctor'], { cwd: at.path, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/OPENAI_BASE_URL +http:\/\/…@127\.0\.0\.1:9\/v1/);
    expect(stdout).toMatch(/endpoint +Cannot use OPENAI_BASE_URL/);
    expect(stdout).not.toContain('geheim');
  });
});

describe.concurrent('agentpar sim', () => {
  it('serves all three wire formats to the program itself, and stops on a signal', async () => {
    using at = workspace({ 'p.txt': 'What is (1 + 2) * (3 + 4)?\n' });
    const sim = startAgentpar(['sim', 'ttft=1'], { cwd: at.path });
    await sim.shows(/http:\/\/127\.0\.0\.1:\d+/);
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(sim.output())?.[0] ?? '';
    const keys = { OPENAI_API_KEY: 'any', GEMINI_API_KEY: 'any' };
    for (const [model, base] of [
      ['openai/any', `${origin}/v1`],
      ['openai-chat/any', `${origin}/v1`],
      ['gemini/any', origin],
    ] as const) {
      const args = ['run', 'p.txt', '-q', '-m', model, '--base-url', base];
      const { stdout, code } = await inOneProcess(args, { cwd: at.path, env: keys });
      expect(stdout).toContain('21');
      expect(code).toBe(0);
    }
    sim.child.kill('SIGTERM');
    expect((await sim.finished).code).toBe(0);
  });

  it('says which settings there are', async () => {
    using at = workspace();
    const { code, stderr } = await inOneProcess(['sim', 'speed=9'], { cwd: at.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/speed.*ttft/s);
  });
});
