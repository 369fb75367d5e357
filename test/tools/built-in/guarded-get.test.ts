import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AddressGuard } from '../../../src/tools/built-in/guarded-get.ts';
import { createGuardedGet } from '../../../src/tools/built-in/guarded-get.ts';
import { serve } from './serve.ts';

const { signal } = new AbortController();

/** Lets 127.0.0.1 be asked and nothing else. */
const ONE_ADDRESS = { refuse: (address: string) => (address === '127.0.0.1' ? undefined : `${address} is refused`) };

function naming(...addresses: readonly string[]): AddressGuard & { readonly asked: string[] } {
  const asked: string[] = [];
  const lookup = async (name: string) => {
    asked.push(name);
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { ...ONE_ADDRESS, lookup, asked };
}

describe('A guarded GET', () => {
  it('connects to the address that was checked, and asks for it once', async () => {
    await using server = await serve((_request, response) => response.end('here'));
    const guard = naming('127.0.0.1');
    const answer = await createGuardedGet(guard)(`http://name.test:${server.port}/`, signal);
    expect(answer).toMatchObject({ status: 200, url: `http://name.test:${server.port}/` });
    expect(await answer.body.toArray()).toHaveLength(1);
    expect(guard.asked).toEqual(['name.test']);
    expect(server.requests[0]?.headers.host).toBe(`name.test:${server.port}`);
  });

  it.each([[['127.0.0.2']], [['127.0.0.1', '127.0.0.2']], [['127.0.0.1', '::1']]])(
    'connects to none of %j if one of them is refused',
    async (addresses) => {
      await using server = await serve((_request, response) => response.end('here'));
      const get = createGuardedGet(naming(...addresses));
      await expect(get(`http://name.test:${server.port}/`, signal)).rejects.toThrow(
        `Cannot get http://name.test:${server.port}/: ${addresses.at(-1)} is refused.`,
      );
      expect(server.connections()).toBe(0);
    },
  );

  it('says so if a name has no address', async () => {
    await expect(createGuardedGet(naming())('http://name.test/', signal)).rejects.toThrow('name.test has no address');
    await expect(createGuardedGet(ONE_ADDRESS)('http://name.invalid/', signal)).rejects.toThrow(
      'Cannot get http://name.invalid/: its name cannot be resolved.',
    );
  });

  it.each(['127.0.0.2', '127.2', '0x7f000002', '0177.0.0.2', '2130706434', '%31%32%37.0.0.2', '１２７.0.0.2'])(
    'checks an address that is written as %s',
    async (host) => {
      const get = createGuardedGet(ONE_ADDRESS);
      await expect(get(`http://${host}:9/`, signal)).rejects.toThrow('127.0.0.2 is refused');
    },
  );

  it('checks an IPv6 address without its brackets', async () => {
    await expect(createGuardedGet(ONE_ADDRESS)('http://[0:0::1]/', signal)).rejects.toThrow(': ::1 is refused');
  });

  it('checks the target of every redirect before it is asked', async () => {
    await using hidden = await serve((_request, response) => response.end('secret'), '127.0.0.2');
    await using server = await serve(redirect(`http://127.0.0.2:${hidden.port}/`));
    await expect(createGuardedGet(ONE_ADDRESS)(server.url, signal)).rejects.toThrow('127.0.0.2 is refused');
    expect(hidden.connections()).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('follows a redirect with %d, relative to where it came from', async (status) => {
    await using server = await serve(({ url }, response) => {
      if (url === '/a/b') response.writeHead(status, { location: '../c?d=1#e' }).end('elsewhere');
      else response.end(url);
    });
    const answer = await createGuardedGet(ONE_ADDRESS)(`${server.url}a/b`, signal);
    expect(answer.url).toBe(`${server.url}c?d=1#e`);
    expect(String(await answer.body.toArray())).toBe('/c?d=1');
  });

  it('follows five redirects and no sixth', async () => {
    await using server = await serve(({ url = '' }, response) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const get = createGuardedGet(ONE_ADDRESS);
    const answer = await get(`${server.url}5`, signal);
    answer.body.destroy();
    expect(answer.url).toBe(`${server.url}0`);
    await expect(get(`${server.url}6`, signal)).rejects.toThrow('it redirects more than 5 times');
    expect(server.requests).toHaveLength(12);
  });

  it('takes neither credentials nor cookies anywhere', async () => {
    await using server = await serve(({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end();
      else response.end();
    });
    const answer = await createGuardedGet(ONE_ADDRESS)(server.url, signal);
    answer.body.destroy();
    const sent = server.requests.flatMap(({ headers }) => Object.keys(headers)).toSorted();
    expect([...new Set(sent)]).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });

  it.each([
    ['file:///etc/passwd', 'it is neither http nor https'],
    ['ftp://example.org/', 'it is neither http nor https'],
    ['javascript:alert(1)', 'it is neither http nor https'],
    ['/etc/passwd', 'it is no URL'],
    ['http://', 'it is no URL'],
    ['http://me:secret@example.org/', 'it holds a user name or password'],
    ['http://me@example.org/', 'it holds a user name or password'],
  ])('refuses %s', async (url, problem) => {
    const failure = createGuardedGet(ONE_ADDRESS)(url, signal);
    await expect(failure).rejects.toThrow(problem);
    await expect(failure).rejects.not.toThrow('secret');
  });

  it.each([
    ['file:///etc/passwd', 'that is neither http nor https'],
    ['http://me:secret@127.0.0.1/', 'that holds a user name or password'],
    ['http://[', 'that is no URL'],
  ])('refuses to be sent to %s', async (location, problem) => {
    await using server = await serve(redirect(location));
    await expect(createGuardedGet(ONE_ADDRESS)(server.url, signal)).rejects.toThrow(problem);
  });

  it('refuses more headers than a few', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end();
    });
    await expect(createGuardedGet(ONE_ADDRESS)(server.url, signal)).rejects.toThrow('Headers Overflow');
  });

  it('stops waiting for a server when it is not wanted any more', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using server = await serve(() => resolve());
    const abort = new AbortController();
    const answer = createGuardedGet(ONE_ADDRESS)(server.url, abort.signal);
    await asked;
    abort.abort(new Error('no longer wanted'));
    await expect(answer).rejects.toThrow('no longer wanted');
  });
});

function redirect(location: string) {
  return (_request: IncomingMessage, response: ServerResponse) => response.writeHead(302, { location }).end();
}
