import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import type { LiveRun } from '../report/page/live-run.ts';
import type { PageAssets } from '../report/page/render-page.ts';
import { pagePolicy, renderPage } from '../report/page/render-page.ts';

// An import would have Node load its client for `fetch` too, HTTP/2 and TLS.
const { createServer } = process.getBuiltinModule('node:http');

const LEAST_PAUSE_MS = 250;
/** Time goes by on the page while all wait and nothing happens. */
const IDLE_PAUSE_MS = 1000;
/** After sending a page its news, waits this many times as long as that took. */
const LEAST_PAUSE_TIMES = 20;
/** A page that is this far behind is disconnected, and joins again when it can. */
const MOST_WAITING_BYTES = 8 * 2 ** 20;
const LAST_WORDS_MS = 1000;

/** A page of a run while it goes on. */
export interface Watch extends Reporter {
  /** Where it is: whoever knows it may look. */
  readonly address: string;
  finish(): Promise<void>;
}

/**
 * Serves a run's page on loopback, from the call on until `finish`, at an address that nobody can guess. It answers only
 * those who call it by a loopback name, so that no other site's name can be made to lead here.
 */
export async function openWatch(assets: PageAssets, version: string, live: LiveRun): Promise<Watch> {
  const secret = randomBytes(24).toString('base64url');
  const page = renderPage({ version, runs: [], live: 'events' }, assets);
  const watchers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const what = asked(request, secret);
    if (typeof what === 'number') return refuse(response, what);
    if (what === 'page') return sendPage(response, page, assets);
    join(response, live, watchers);
  });
  const port = await listen(server);
  const pacer = new Pacer(() => send(watchers, 'patch', live.patch()));
  const due = () => {
    if (watchers.size > 0) pacer.due();
  };
  const ticking = setInterval(due, IDLE_PAUSE_MS).unref();
  return {
    address: `http://127.0.0.1:${port}/${secret}/`,
    handle: (event: RunEvent) => {
      live.handle(event);
      due();
    },
    finish: async () => {
      clearInterval(ticking);
      pacer.stop();
      send(watchers, 'patch', live.patch());
      const told = [...watchers].map((watcher) => {
        return new Promise<void>((done) => watcher.on('close', done).end('event: end\ndata: {}\n\n'));
      });
      const closed = new Promise<void>((done) => server.close(() => done()));
      const late = new Promise<void>((done) => setTimeout(done, LAST_WORDS_MS).unref());
      if (told.length > 0) await Promise.race([Promise.all(told), late]);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What a request asks for, or the status that it is refused with. */
function asked({ method, url = '', headers }: IncomingMessage, secret: string): 'page' | 'events' | number {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) return 421;
  const [, given = '', rest, ...more] = url.split('/');
  if (!isSame(given, secret) || more.length > 0) return 404;
  if (method !== 'GET') return 405;
  if (rest === '') return 'page';
  if (rest !== 'events') return 404;
  // A link elsewhere may lead to the page; only the page hears of the run.
  return ['same-origin', undefined].includes(headers['sec-fetch-site']) ? 'events' : 403;
}

function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...HEADERS, Connection: 'close' }).end();
}

function sendPage(response: ServerResponse, page: string, assets: PageAssets): void {
  response
    .writeHead(200, {
      ...HEADERS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `${pagePolicy(assets, true)}; frame-ancestors 'none'`,
    })
    .end(page);
}

function join(response: ServerResponse, live: LiveRun, watchers: Set<ServerResponse>): void {
  response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
  response.on('close', () => watchers.delete(response));
  response.on('error', () => watchers.delete(response));
  watchers.add(response);
  response.write('retry: 1000\n\n');
  send(new Set([response]), 'run', live.whole());
}

/** JSON has no newline in it, so that it is one line of data. */
function send(watchers: ReadonlySet<ServerResponse>, event: string, data: unknown): void {
  if (data === undefined || watchers.size === 0) return;
  const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const watcher of watchers) {
    if (watcher.writableLength > MOST_WAITING_BYTES) watcher.destroy();
    else watcher.write(text);
  }
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Does something soon after it is due, the more seldom the longer it takes. */
class Pacer {
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;
  #tookMs = 0;

  constructor(act: () => void) {
    this.#act = act;
  }

  due(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        const begun = performance.now();
        this.#act();
        this.#tookMs = performance.now() - begun;
      },
      Math.max(LEAST_PAUSE_MS, LEAST_PAUSE_TIMES * this.#tookMs),
    ).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
