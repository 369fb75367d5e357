import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/async/system-clock.ts';
import { startHttpServer } from './support/http-server.ts';
import { openServers } from './support/mcp.ts';

describe('An MCP server over HTTP', () => {
  it('is asked with the headers of the file, and answers in one piece or as a stream', async () => {
    const { config, requests } = await startHttpServer();
    const { call, find } = await openServers([config]);
    expect(await call('echo', { text: 'whole' })).toBe('whole');
    expect(await call('stream', { text: 'streamed' })).toBe('streamed');
    expect(find('echo').source).toBe('mcp:web');
    expect(new Set(requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer t0ken']));
  });

  it.each([404, 400])('is greeted anew when it has forgotten the session and says so with %d', async (status) => {
    const { config, forgetSessions } = await startHttpServer();
    const { call, notices } = await openServers([config]);
    forgetSessions(status);
    expect(await call('echo', { text: 'again' })).toBe('again');
    forgetSessions(status);
    await expect(call('break_off')).rejects.toThrow('broke its answer off');
    expect(notices).toEqual([
      expect.stringContaining('has forgotten the session. It is connected to again (1 of 3)'),
      expect.stringContaining('has forgotten the session. It is connected to again (1 of 3)'),
    ]);
  });

  it('still answers what it was asked before it forgot the session', async () => {
    const { config, held, forgetSessions } = await startHttpServer();
    const { call } = await openServers([config]);
    const before = call('hold', { text: 'before' });
    await expect.poll(() => held).toHaveLength(1);
    forgetSessions(404);
    expect(await call('echo', { text: 'after' })).toBe('after');
    held[0]?.();
    expect(await before).toBe('before');
  });

  it('loses the one call whose connection it breaks, and no other', async () => {
    const { config, held } = await startHttpServer();
    const { call, notices } = await openServers([config]);
    const other = call('hold', { text: 'other' });
    await expect.poll(() => held).toHaveLength(1);
    await expect(call('reset')).rejects.toThrow(
      /broke the connection \(\w+\)\. Whether the call took effect is not known\./,
    );
    held[0]?.();
    expect(await other).toBe('other');
    expect(notices).toEqual([]);
  });

  it.each([
    ['breaks its answer off', 'break_off', 'broke its answer off. Whether the call took effect is not known.'],
    ['answers with too much', 'huge', 'larger than 10485760 bytes'],
    ['streams too much', 'huge_stream', 'broke its answer off'],
    ['streams an event without an end', 'endless_event', 'broke its answer off'],
    ['answers with an error', 'broken', 'answered with HTTP 500: out of order'],
  ])('fails a call when it %s, and serves the next', async (_what, tool, message) => {
    const { config } = await startHttpServer();
    const { call } = await openServers([config]);
    await expect(call(tool)).rejects.toThrow(message);
    expect(await call('echo', { text: 'next' })).toBe('next');
  });

  it('is tried three times more when it cannot be reached any more', async () => {
    const { config, close } = await startHttpServer();
    const { call, notices, waits } = await openServers([config]);
    close();
    const message = 'cannot be reached (ECONNREFUSED). It was connected to again 3 times and is not any more.';
    await expect(call('echo', { text: 'lost' })).rejects.toThrow(message);
    expect(waits).toEqual([500, 2000, 8000]);
    expect(notices).toHaveLength(4);
  });

  it('that cannot be reached at the start is named', async () => {
    const { config, close } = await startHttpServer();
    close();
    await expect(openServers([config])).rejects.toThrow(
      `Cannot start MCP server "web": it cannot be reached (ECONNREFUSED). Check its address and headers: ${config.url}`,
    );
  });

  it('cannot make us wait beyond our end', async () => {
    const { config } = await startHttpServer();
    const timers = new Set<{ readonly ms: number }>();
    const long = () => [...timers].filter(({ ms }) => ms === 1_000_000);
    const after = (ms: number, callback: () => void) => {
      const timer = { ms };
      timers.add(timer);
      const cancel = systemClock.after(ms, callback);
      return () => {
        timers.delete(timer);
        cancel();
      };
    };
    const { opened, call } = await openServers([config], { clock: { ...systemClock, after } });
    const waiting = [call('later'), call('later')].map((each) => each.catch(() => 'lost'));
    await expect.poll(long).toHaveLength(2);
    await opened[Symbol.asyncDispose]();
    expect(await Promise.all(waiting)).toEqual(['lost', 'lost']);
    expect(long()).toEqual([]);
  });

  it('is told when it is not needed any more', async () => {
    const { config, requests } = await startHttpServer();
    const { opened } = await openServers([config]);
    await opened[Symbol.asyncDispose]();
    expect(requests.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-1' } });
  });
});
