import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/async/system-clock.ts';
import { openMcpServers } from '../../../src/tools/mcp/mcp-tools.ts';
import { alive, newPath, openServers, testServer } from './support/mcp.ts';

const options = { clock: systemClock, onNotice: () => {}, startTimeoutMs: 10_000, version: '1' };

describe('The process of an MCP server', () => {
  it('sees of our environment only what is harmless, and what the file names', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-secret');
    const { call } = await openServers([testServer({}, { env: { NAMED: 'yes' } })]);
    const environment = (await call('environment')) as Record<string, string>;
    expect(environment).toMatchObject({ NAMED: 'yes', PATH: process.env['PATH'] });
    expect(environment).not.toHaveProperty('OPENAI_API_KEY');
    const harmless = ['AGENTPAR_OWNER', 'HOME', 'LOGNAME', 'NAMED', 'PATH', 'SHELL', 'TERM', 'USER'];
    expect(Object.keys(environment).filter((name) => !harmless.includes(name) && !name.startsWith('__'))).toEqual([]);
  });

  it('leads a group of its own, which a Ctrl-C in the terminal does not reach', async () => {
    const pidsFile = newPath('pids');
    await openServers([testServer({ pidsFile })]);
    const pid = Number(readFileSync(pidsFile, 'utf8'));
    expect(process.kill(-pid, 0)).toBe(true);
  });

  it('is gone after disposal, with its children', async () => {
    const pidsFile = newPath('pids');
    const servers = await openMcpServers([testServer({ pidsFile, child: true })], options);
    expect(alive(pidsFile)).toHaveLength(2);
    await servers[Symbol.asyncDispose]();
    await expect.poll(() => alive(pidsFile)).toEqual([]);
  });

  it('is gone after disposal even if it heeds nothing', async () => {
    const pidsFile = newPath('pids');
    const servers = await openMcpServers([testServer({ pidsFile, child: true, stubborn: true })], options);
    await servers[Symbol.asyncDispose]();
    await expect.poll(() => alive(pidsFile)).toEqual([]);
  });

  it('takes its children with it when it dies', async () => {
    const pidsFile = newPath('pids');
    const { call } = await openServers([testServer({ pidsFile, child: true })]);
    await expect(call('die')).rejects.toThrow('exit code 3');
    const [, child] = readFileSync(pidsFile, 'utf8').split('\n');
    await expect.poll(() => alive(pidsFile)).not.toContain(Number(child));
  });

  it('is gone soon after we were killed without a chance to act, and so are its children', async () => {
    const pidsFile = newPath('pids');
    const servers = [testServer({ pidsFile, child: true, stubborn: true })];
    const host = spawn(process.execPath, [join(import.meta.dirname, 'support/host.mjs'), JSON.stringify(servers)]);
    onTestFinished(() => void host.kill('SIGKILL'));
    await once(host.stdout, 'data');
    expect(alive(pidsFile)).toHaveLength(2);
    host.kill('SIGKILL');
    await expect.poll(() => alive(pidsFile)).toEqual([]);
  });

  it('does not keep us from ending', async () => {
    const host = spawn(process.execPath, [
      join(import.meta.dirname, 'support/host.mjs'),
      JSON.stringify([testServer()]),
    ]);
    host.stdin.end('dispose\n');
    expect((await once(host, 'exit'))[0]).toBe(0);
  });
});

describe('Starting MCP servers', () => {
  it('fails with the name of each that does not start, what it said, and what to do; the others are ended', async () => {
    const [startsFile, pidsFile] = [newPath('starts'), newPath('pids')];
    const servers = [
      testServer({ pidsFile }, { name: 'good' }),
      testServer({ startsFile, diesFromStart: 1 }, { name: 'dying' }),
      testServer({}, { name: 'missing', command: 'no-such-command' }),
      testServer({}, { name: 'elsewhere', cwd: '/no/such/directory' }),
    ];
    const failure = await openMcpServers(servers, options).catch((error: Error) => error.message);
    expect(String(failure).split('\n')).toEqual([
      'Cannot start MCP server "dying": it ended with exit code 7 (last on its standard error: no more starts). ' +
        'Run its command by hand to see what it needs: node server.mjs',
      expect.stringContaining('"missing": it cannot be run: there is no command "no-such-command"'),
      expect.stringContaining('"elsewhere": it cannot be run: there is no directory "/no/such/directory"'),
    ]);
    await expect.poll(() => alive(pidsFile)).toEqual([]);
  });

  it('fails when one is not ready in time', async () => {
    const pidsFile = newPath('pids');
    const opening = openMcpServers([testServer({ silent: true, pidsFile })], { ...options, startTimeoutMs: 300 });
    await expect(opening).rejects.toThrow('Cannot start MCP server "test": it was not ready within 0.3 s.');
    await expect.poll(() => alive(pidsFile)).toEqual([]);
  });

  it('ends at once when it is no longer wanted', async () => {
    const abort = new AbortController();
    const opening = openMcpServers([testServer({ silent: true })], { ...options, signal: abort.signal });
    abort.abort(new Error('stopped'));
    await expect(opening).rejects.toThrow('stopped');
  });

  it('ends at once also while a server that refused the handshake is asked whether it does without', async () => {
    const [startsFile, pidsFile] = [newPath('starts'), newPath('pids')];
    const abort = new AbortController();
    const server = testServer({ silent: true, modern: true, startsFile, pidsFile });
    const opening = openMcpServers([server], { ...options, signal: abort.signal });
    opening.catch(() => {});
    await vi.waitFor(() => expect(readFileSync(startsFile, 'utf8')).toBe('..'), { timeout: 20_000 });
    abort.abort(new Error('stopped'));
    await expect(opening).rejects.toThrow('stopped');
    expect(alive(pidsFile)).toEqual([]);
  });

  it('tells of a server without tools', async () => {
    const { tools, notices } = await openServers([testServer({ noTools: true })]);
    expect(tools).toEqual([]);
    expect(notices).toEqual(['MCP server "test" offers no tools.']);
  });
});
