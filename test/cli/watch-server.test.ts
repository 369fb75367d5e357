import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Watch } from '../../src/cli/watch-server.ts';
import { openWatch } from '../../src/cli/watch-server.ts';
import { LiveRun } from '../../src/report/page/live-run.ts';
import type { PackedPatch, PackedRun } from '../../src/report/page/page-data.ts';
import { patched, unpackRun } from '../../src/report/page/unpack-run.ts';
import { ToldRun } from '../report/support/told-run.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ASSETS = { script: 'let a;', style: 'a {}' };

describe('The page of a run that goes on', () => {
  it('is served on loopback to who knows its address, with a policy and out of every cache', async () => {
    const { address } = await open();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    const { status, headers, body } = await ask(address);
    expect([status, headers['cache-control'], headers['referrer-policy']]).toEqual([200, 'no-store', 'no-referrer']);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'sha256-");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(body).toContain('"live":"events"');
  });

  it('has another address each time', async () => {
    const [one, other] = [await open(), await open()];
    expect(new URL(one.address).pathname).not.toBe(new URL(other.address).pathname);
  });

  it.each([
    ['the name of another site, which may have been made to lead here', '', { host: 'evil.example' }, 421],
    ['a name that begins like a loopback one', '', { host: '127.0.0.1.evil.example' }, 421],
    ['the run to a page of another site', 'events', { 'sec-fetch-site': 'cross-site' }, 403],
    ['the run to a page of another port', 'events', { 'sec-fetch-site': 'same-site' }, 403],
    ['what is not there', 'other', {}, 404],
    ['more than there is', 'events/more', {}, 404],
  ])('refuses %s', async (_what, path, headers, status) => {
    const { address } = await open();
    expect((await ask(address + path, headers)).status).toBe(status);
  });

  it('refuses who does not know the address, and other methods', async () => {
    const { address } = await open();
    const { origin, pathname } = new URL(address);
    expect((await ask(origin)).status).toBe(404);
    expect((await ask(`${origin}/${'a'.repeat(pathname.length - 2)}/`)).status).toBe(404);
    expect((await ask(address, {}, 'POST')).status).toBe(405);
  });

  it('tells who joins late the whole run, then what changes, then its end, and is gone with it', async () => {
    const watch = await open();
    const run = new ToldRun({ conversations: 2 }).mode(0).start(1, 'p1').ask(2, 'p1').answer(30, 'p1');
    for (const event of run.events) watch.handle(event);
    const page = listen(watch.address);
    await page.has('run');
    const told = run.events.length;
    run.end(40, 'p1').start(41, 'p2').end(50, 'p2').modeEnd(50).runEnd(50);
    for (const event of run.events.slice(told)) watch.handle(event);
    await watch.finish();
    const messages = await page.end;
    expect(messages.at(-1)?.event).toBe('end');
    const { spans } = unpackRun(runOf(messages));
    expect(spans.ending).toBe('ended');
    const ends = spans.modes[0]?.conversations.map(({ conversation, status }) => [conversation, status]);
    expect(ends).toEqual([
      ['p1', 'done'],
      ['p2', 'done'],
    ]);
    await expect(ask(watch.address)).rejects.toThrow();
  });

  it('ends at once when nobody watches', async () => {
    const watch = await openWatch(ASSETS, '0.1.0', new LiveRun(new FakeClock()));
    await watch.finish();
    await expect(ask(watch.address)).rejects.toThrow();
  });
});

async function open(): Promise<Watch> {
  const watch = await openWatch(ASSETS, '0.1.0', new LiveRun(new FakeClock()));
  onTestFinished(() => watch.finish());
  return watch;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(address: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  request(address, { headers, method, agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
  })
    .on('error', reject)
    .end();
  return promise;
}

interface Message {
  readonly event: string;
  readonly data: unknown;
}

/** Hears what the page would hear. */
function listen(address: string) {
  let text = '';
  const heard = Promise.withResolvers<Message[]>();
  const waiting = new Map<string, () => void>();
  request(`${address}events`, { agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const { event } of messagesIn(text)) waiting.get(event)?.();
    });
    response.on('end', () => heard.resolve(messagesIn(text)));
  })
    .on('error', heard.reject)
    .end();
  return { has: (event: string) => new Promise<void>((done) => waiting.set(event, done)), end: heard.promise };
}

function messagesIn(text: string): Message[] {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 1);
  return [...whole.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => {
    return { event, data: JSON.parse(data) as unknown };
  });
}

function runOf(messages: readonly Message[]): PackedRun {
  const [first, ...rest] = messages;
  if (first?.event !== 'run') throw new Error('It did not begin with the whole run.');
  return rest
    .filter(({ event }) => event === 'patch')
    .reduce((run, { data }) => patched(run, data as PackedPatch), first.data as PackedRun);
}
