import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newPath, openServers, testServer } from './support/mcp.ts';

describe('An MCP server that dies', () => {
  it('fails the call it was at, says how it ended, and is started again', async () => {
    const { call, notices, waits } = await openServers([testServer()]);
    const waiting = call('hang');
    await expect(call('die')).rejects.toThrow(
      'MCP server "test" ended with exit code 3 (last on its standard error: I am / dying). ' +
        'Whether the call took effect is not known.',
    );
    await expect(waiting).rejects.toThrow('ended with exit code 3');
    expect(await call('echo', { text: 'back' })).toBe('back');
    expect(notices).toEqual([expect.stringContaining('It is started again (1 of 3)')]);
    expect(waits).toEqual([500]);
  });

  it('is asked again for what can be repeated, once', async () => {
    const startsFile = newPath('starts');
    const { call } = await openServers([testServer({ startsFile })]);
    expect(await call('die_reading')).toBe('start 2');
    await expect(call('die_repeatably')).rejects.toThrow('ended with exit code 3');
    // The last restart is still under way when the call fails.
    await call('echo', { text: '' });
    expect(readFileSync(startsFile, 'utf8')).toHaveLength(4);
  });

  it('is started again three times and no more', async () => {
    const startsFile = newPath('starts');
    const { call, notices, waits } = await openServers([testServer({ startsFile })]);
    for (let death = 1; death <= 4; death++) await expect(call('die')).rejects.toThrow('ended with exit code 3');
    await expect(call('echo', { text: '' })).rejects.toThrow(
      /^MCP server "test" ended with exit code 3 .* It was started again 3 times and is not any more\.$/,
    );
    expect(readFileSync(startsFile, 'utf8')).toHaveLength(4);
    expect(waits).toEqual([500, 2000, 8000]);
    expect(notices).toHaveLength(4);
  });

  it('is started again any number of times while it answers in between', async () => {
    const { call, waits } = await openServers([testServer()]);
    for (let death = 1; death <= 4; death++) {
      await expect(call('die')).rejects.toThrow('ended with exit code 3');
      expect(await call('echo', { text: 'back' })).toBe('back');
    }
    expect(waits).toEqual([500, 500, 500, 500]);
  });

  it('uses up its restarts when they fail', async () => {
    const startsFile = newPath('starts');
    const { call } = await openServers([testServer({ startsFile, diesFromStart: 2 })]);
    await expect(call('die')).rejects.toThrow('exit code 3');
    await expect(call('echo', { text: '' })).rejects.toThrow(
      'exit code 7 (last on its standard error: no more starts)',
    );
    expect(readFileSync(startsFile, 'utf8')).toHaveLength(4);
  });

  it.each([
    ['closes its output', 'close_output', true, 'closed its input or output without ending'],
    ['writes a line without an end', 'endless', false, 'wrote a line without an end'],
  ])('counts as dead when it %s', async (_what, tool, stubborn, message) => {
    const { call } = await openServers([testServer({ stubborn })]);
    await expect(call(tool)).rejects.toThrow(message);
    expect(await call('echo', { text: 'back' })).toBe('back');
  });

  it('runs no tool any more if it comes back with other tools', async () => {
    const startsFile = newPath('starts');
    const { call, notices } = await openServers([testServer({ startsFile, changesAtRestart: true })]);
    await expect(call('die')).rejects.toThrow('exit code 3');
    await expect(call('meet')).rejects.toThrow(/now says something else of its tools .*\(echo\)/);
    await expect(call('echo', { text: '' })).rejects.toThrow('none of them is run any more');
    expect(notices).toHaveLength(2);
  });

  it('may come back with more tools', async () => {
    const startsFile = newPath('starts');
    const { call } = await openServers([testServer({ startsFile, addsAtRestart: true })]);
    await expect(call('die')).rejects.toThrow('exit code 3');
    expect(await call('echo', { text: 'back' })).toBe('back');
  });
});

describe('An MCP server that lives', () => {
  it('runs no tool any more once it says that one has become another', async () => {
    const { call, notices } = await openServers([testServer()]);
    expect(await call('change')).toBe('changed');
    await expect.poll(() => notices).toHaveLength(1);
    await expect(call('echo', { text: '' })).rejects.toThrow(/now says something else of its tools .*\(echo\)/);
  });
});
