import { setFlagsFromString } from 'node:v8';
import type { Dispatcher } from 'undici';
import type { ExchangeObserver } from './exchange.ts';
import { Exchange } from './exchange.ts';
import { isLoopbackUrl } from './local-url.ts';

/** As much of `fetch` as the vendors' SDKs use. */
export type LeanFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What connections are made with. */
interface ConnectionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly connectTimeoutMs: number;
  /** Called with the body of each request that is sent. */
  readonly observe?: (body: string | null) => ExchangeObserver;
}

/** How long a connection that nobody uses is kept. */
const KEEP_ALIVE_MS = 30_000;

/** How often one request may be sent on. */
const MOST_REDIRECTS = 5;

/**
 * A `fetch` for requests with text bodies and streamed responses, on undici's dispatcher: without web streams, which
 * cost more than everything else about a short stream, and without time limits but the one on connecting. Goes through
 * the proxy that the environment names, except to this machine. Where a server sends a request on, it goes there only if
 * that is the same server: no other is to see the key.
 */
export async function leanFetch(baseUrl: string, options: ConnectionOptions): Promise<LeanFetch> {
  const dispatcher = await dispatcherFor(baseUrl, options);
  return async (input, init = {}) => {
    const { method = 'GET' } = init;
    const body = textBody(init.body);
    const headers = headersOf(init.headers);
    let url = new URL(addressOf(input));
    for (let redirects = 0; ; redirects++) {
      if (init.signal?.aborted) throw init.signal.reason;
      const exchange = new Exchange(url.href, init.signal ?? undefined, options.observe?.(body));
      const { origin, pathname, search } = url;
      dispatcher.dispatch({ origin, path: pathname + search, method, headers, body }, exchange);
      const response = asResponse(await exchange.started);
      const target = redirectTarget(response, url);
      if (!target) return response;
      await exchange.body.cancel();
      const isAllowed = target.origin === origin && (KEEPS_METHOD.has(response.status) || method === 'GET');
      if (!isAllowed || redirects === MOST_REDIRECTS) {
        throw new Error(
          `it sends requests on to ${target.href} (${response.status}): if that is right, make it the base URL`,
        );
      }
      url = target;
    }
  };
}

/** The statuses of redirects to which the same request is to be sent; after others it would be another one. */
const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308]);

function redirectTarget({ status, headers }: Response, from: URL): URL | undefined {
  const location = status >= 300 && status < 400 ? headers.get('location') : null;
  return location && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

/** As they are: a `Headers` of our own would cost more than the rest of a request. */
function headersOf(headers: RequestInit['headers'] = {}): Headers | Record<string, string> {
  return Array.isArray(headers) ? Object.fromEntries(headers) : (headers as Headers | Record<string, string>);
}

/** Asks for no `Request`, which would have Node load its own client. */
export function addressOf(input: string | URL | Request): string {
  return typeof input === 'string' ? input : 'url' in input ? input.url : input.href;
}

/** The only kind of body that is sent. */
export function textBody(body: RequestInit['body']): string | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return body;
  throw new TypeError('Cannot send this body: only text is supported.');
}

async function dispatcherFor(baseUrl: string, { env, connectTimeoutMs }: ConnectionOptions): Promise<Dispatcher> {
  const agent = {
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const httpProxy = env['http_proxy'] || env['HTTP_PROXY'];
  const httpsProxy = env['https_proxy'] || env['HTTPS_PROXY'];
  // By its file: the whole package takes twice as long to load.
  if ((!httpProxy && !httpsProxy) || isLoopbackUrl(baseUrl)) {
    const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
    return optimizedLater(new Agent(agent));
  }
  const { EnvHttpProxyAgent } = await import('undici');
  return new EnvHttpProxyAgent({
    ...agent,
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: env['no_proxy'] || env['NO_PROXY'] || '',
  });
}

/**
 * What reads responses is WebAssembly, which V8 would optimize after the first few, for as long as two processes take to
 * start. Some hundred have to come first, so that it pays. The flag holds until the first connection is there, which is
 * when that is compiled: Node keeps its own modules compiled for the flags that it was started with.
 */
function optimizedLater(dispatcher: Dispatcher): Dispatcher {
  setFlagsFromString('--wasm-tiering-budget=300000000');
  return dispatcher.once('connect', () => setFlagsFromString('--wasm-tiering-budget=13000000'));
}

/** The SDKs use no more of a response than there is. */
export function asResponse(exchange: Exchange): Response {
  return exchange as unknown as Response;
}
