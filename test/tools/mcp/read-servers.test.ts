import { describe, expect, it } from 'vitest';
import { readServers } from '../../../src/tools/mcp/read-servers.ts';

/** What stands in a file for a variable. */
const variable = (name: string) => `$\{${name}}`;

const read = (servers: unknown, environment = {}) =>
  readServers(JSON.stringify({ mcpServers: servers }), 'servers.json', environment);

describe('A file of MCP servers', () => {
  it('names commands and addresses, with variables filled in but not in what is shown', () => {
    const servers = {
      files: {
        type: 'stdio',
        command: 'npx',
        args: ['-y', 'server-files', variable('ROOT:-/data'), `--key=${variable('KEY')}`],
        env: { KEY: variable('KEY') },
        cwd: 'sub',
      },
      web: {
        type: 'http',
        url: `https://${variable('HOST')}/mcp`,
        headers: { Authorization: `Bearer ${variable('KEY')}` },
      },
      off: { command: 'never', disabled: true },
    };
    expect(read(servers, { KEY: 's3cret', HOST: 'example.org', ROOT: '' })).toEqual({
      ok: true,
      servers: [
        {
          kind: 'stdio',
          name: 'files',
          shown: `npx -y server-files ${variable('ROOT:-/data')} --key=${variable('KEY')}`,
          command: 'npx',
          args: ['-y', 'server-files', '/data', '--key=s3cret'],
          env: { KEY: 's3cret' },
          cwd: 'sub',
        },
        {
          kind: 'http',
          name: 'web',
          shown: `https://${variable('HOST')}/mcp`,
          url: 'https://example.org/mcp',
          headers: { Authorization: 'Bearer s3cret' },
        },
      ],
    });
  });

  it.each([
    ['no command and no address', { a: {} }, 'mcpServers.a needs a "command" or a "url"'],
    ['both', { a: { command: 'x', url: 'https://x' } }, 'mcpServers.a has both "command" and "url"'],
    ['a server that is no object', { a: 'npx' }, 'mcpServers.a must be an object'],
    ['a command that is no text', { a: { command: 7 } }, 'mcpServers.a.command must be text'],
    ['an empty command', { a: { command: '' } }, 'mcpServers.a.command is empty'],
    ['arguments in one text', { a: { command: 'x', args: '-y z' } }, 'mcpServers.a.args must be a list of texts'],
    ['an argument that is no text', { a: { command: 'x', args: ['y', 1] } }, 'mcpServers.a.args.1 must be text'],
    ['a variable that is no text', { a: { command: 'x', env: { PORT: 1 } } }, 'mcpServers.a.env.PORT must be text'],
    [
      'a variable not set',
      { a: { command: 'x', env: { K: variable('NO') } } },
      `mcpServers.a.env.K uses ${variable('NO')}, which is not set`,
    ],
    ['a key mistyped', { a: { command: 'x', arg: [] } }, 'mcpServers.a.arg is not known'],
    ['an old transport', { a: { type: 'sse', url: 'https://x/sse' } }, 'mcpServers.a.type is "sse"'],
    ['an address of another kind', { a: { url: 'ftp://x' } }, 'mcpServers.a.url must be an address'],
    ['a password in an address', { a: { url: 'https://u:p@x/' } }, 'mcpServers.a.url has a name or password in it'],
    [
      'a header of two lines',
      { a: { url: 'https://x', headers: { X: 'a\nb' } } },
      'mcpServers.a.headers.X is not a header',
    ],
    ['a name without letters', { '': { command: 'x' } }, 'mcpServers has a name that cannot be used'],
  ])('with %s is refused, by key', (_what, servers, problem) => {
    const result = read(servers);
    expect(result).toEqual({ ok: false, problems: [expect.stringContaining(`Cannot use servers.json: ${problem}`)] });
  });

  it.each(['__proto__', 'constructor', 'prototype'])('may not call anything %s', (name) => {
    const asServer = readServers(`{"mcpServers":{"${name}":{"command":"x"}}}`, 'f', {});
    const asVariable = readServers(`{"mcpServers":{"a":{"command":"x","env":{"${name}":"x"}}}}`, 'f', {});
    expect(asServer).toMatchObject({ ok: false });
    expect(asVariable).toMatchObject({ ok: false, problems: [expect.stringContaining(`mcpServers.a.env.${name}`)] });
  });

  it('tells all its problems at once, and no value of a variable', () => {
    const result = read({ a: { command: 'x', cwd: 1 }, b: { url: variable('SECRET') } }, { SECRET: 's3cret' });
    expect(result).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('a.cwd'), expect.stringContaining('b.url')],
    });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });

  it.each([
    ['is not JSON', '{', 'it is not valid JSON'],
    ['has another form', '{"servers":{}}', 'it has no "mcpServers"'],
    ['is a list', '[]', 'it has no "mcpServers"'],
  ])('that %s is refused', (_what, text, problem) => {
    expect(readServers(text, 'f.json', {})).toEqual({ ok: false, problems: [expect.stringContaining(problem)] });
  });

  it('may begin with a byte order mark', () => {
    expect(readServers('\uFEFF{"mcpServers":{}}', 'f', {})).toEqual({ ok: true, servers: [] });
  });
});
