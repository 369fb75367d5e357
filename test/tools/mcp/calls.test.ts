import { describe, expect, it } from 'vitest';
import { openServers, testServer } from './support/mcp.ts';

const HOSTILE = '^(a+)+$';

describe('A tool of an MCP server', () => {
  it('is offered with its description, schema, source and effect, from every page of the list', async () => {
    const { tools, find } = await openServers([testServer({ pageSize: 3 })]);
    expect(tools.length).toBeGreaterThan(12);
    expect(find('echo')).toMatchObject({
      spec: { name: 'echo', description: 'Tool echo.', parameters: { type: 'object', required: ['text'] } },
      source: 'mcp:test',
      policy: { effect: 'read' },
    });
    expect(find('die_repeatably').policy.effect).toBe('idempotent');
    expect(find('meet').policy.effect).toBe('unsafe');
  });

  it('that says of itself that it destroys is unsafe, whatever else it says', async () => {
    const annotations = { readOnlyHint: true, idempotentHint: true, destructiveHint: true };
    const { find } = await openServers([testServer({ tools: { wipe: { annotations } } })]);
    expect(find('wipe').policy.effect).toBe('unsafe');
  });

  it('is checked before it is called', async () => {
    const { find } = await openServers([testServer()]);
    expect(find('echo').check({ text: 'Hi' })).toEqual({ ok: true, args: { text: 'Hi' } });
    expect(find('echo').check({ text: 7 })).toMatchObject({ ok: false, problem: expect.stringContaining('text') });
    expect(find('echo').check({})).toMatchObject({ ok: false });
  });

  it('answers with its text, or with its structured content where there is some', async () => {
    const { call } = await openServers([testServer()]);
    expect(await call('echo', { text: 'Hi' })).toBe('Hi');
    expect(await call('structured')).toEqual({ text: expect.stringContaining('aaa') });
  });

  it('answers with short words for what is not text', async () => {
    const { call } = await openServers([testServer()]);
    expect(String(await call('media')).split('\n')).toEqual([
      'Look:',
      '[image: image/png, 300 bytes]',
      '[link to file:///a.txt: text/plain, 12 bytes]',
      '[resource file:///b.txt: text/plain]',
      'inside b',
      '[resource file:///c.bin: unknown type, 10 bytes]',
    ]);
  });

  it('runs beside others of its server', async () => {
    const { call } = await openServers([testServer()]);
    expect(await Promise.all([call('meet'), call('meet')])).toEqual(['met', 'met']);
  });

  it('fails with the text of an error result, and with the words of a refusal', async () => {
    const { call } = await openServers([testServer()]);
    await expect(call('fail')).rejects.toThrow(/^the disk is full$/);
    await expect(call('refuse')).rejects.toThrow('MCP server "test" said: not like this');
    await expect(call('odd')).rejects.toThrow('MCP server "test" gave a result that cannot be read');
  });

  it('is told when its result is no longer wanted', async () => {
    const { call } = await openServers([testServer()]);
    const abort = new AbortController();
    const hanging = call('hang', {}, abort.signal);
    await call('echo', { text: 'the call has arrived' });
    abort.abort(new Error('too late'));
    await expect(hanging).rejects.toThrow('too late');
    expect(await call('cancelled')).toMatchObject({ ids: [expect.any(Number)] });
  });

  it('fails by itself when its answer is too large, and its server lives on', async () => {
    const { call, notices } = await openServers([testServer()]);
    const [huge, echo] = await Promise.allSettled([call('huge'), call('echo', { text: 'beside it' })]);
    expect(huge).toMatchObject({ reason: { message: expect.stringContaining('larger than 10485760 bytes') } });
    expect(echo).toMatchObject({ value: 'beside it' });
    expect(await call('echo', { text: 'after it' })).toBe('after it');
    expect(notices).toEqual([]);
  });

  it('answers although its server writes what is no message, which is told once', async () => {
    const { call, notices } = await openServers([testServer()]);
    expect(await call('garbage')).toBe('after the garbage');
    expect(await call('garbage')).toBe('after the garbage');
    expect(notices).toEqual([expect.stringMatching(/"test" writes .* no message.*"Hello!"/)]);
  });

  it('cannot hold up the program with a regular expression, in its arguments or in its results', async () => {
    const properties = { text: { type: 'string', pattern: HOSTILE }, [HOSTILE]: {} };
    const slow = { inputSchema: { type: 'object', properties, patternProperties: { [HOSTILE]: { type: 'string' } } } };
    const { find, call } = await openServers([testServer({ tools: { slow } })]);
    const text = `${'a'.repeat(40)}!`;
    expect(find('slow').check({ text, [text]: text })).toMatchObject({ ok: true });
    expect(await call('structured')).toEqual({ text });
  });

  it('is left out if it cannot be called, and the others are not', async () => {
    const tools = { listed: { inputSchema: { type: 'array' } }, bare: { inputSchema: null } };
    const { tools: offered, notices } = await openServers([testServer({ tools, descriptionLength: 200_000 })]);
    const names = offered.map(({ spec }) => spec.name);
    expect(names).toContain('echo');
    expect(names.filter((name) => ['listed', 'bare', 'long'].includes(name))).toEqual([]);
    expect(notices).toEqual([
      expect.stringContaining('"long"'),
      expect.stringContaining('"listed"'),
      expect.stringContaining('"bare"'),
    ]);
  });

  it('gets another name if its own is taken or refused by vendors', async () => {
    const tools = { 'files/read': {}, '2nd': {} };
    const servers = [testServer({ tools }, { name: 'one' }), testServer({}, { name: 'my other' })];
    const { tools: offered } = await openServers(servers, { taken: ['fail'] });
    const names = offered.map(({ spec, source }) => `${source} ${spec.name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'mcp:one echo',
        'mcp:my other my_other_echo',
        'mcp:one one_fail',
        'mcp:one files_read',
        'mcp:one _2nd',
      ]),
    );
    expect(new Set(names).size).toBe(offered.length);
  });

  it('comes from a server that has given up the handshake just as well', async () => {
    const { call } = await openServers([testServer({ modern: true })]);
    expect(await call('echo', { text: 'Hi' })).toBe('Hi');
  });
});
