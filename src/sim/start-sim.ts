import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, UserError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import { answer } from './answer.ts';
import type { SimFault } from './fault.ts';
import { openAiError } from './openai-error.ts';
import { readBody } from './read-body.ts';
import { routeOf } from './route.ts';
import { sendReply } from './send-reply.ts';
import type { SimSettings } from './settings.ts';
import { DEFAULT_SIM_SETTINGS } from './settings.ts';

// An import would have Node load its client for `fetch` too, WebSockets, HTTP/2 and TLS: most of what a start takes.
const { createServer } = process.getBuiltinModule('node:http');

/** A running offline model. */
export interface Sim {
  /** `http://127.0.0.1:PORT`, to be followed by a vendor's path. */
  readonly origin: string;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

/** How to start the offline model; the settings may be left out. */
export interface SimOptions {
  /** Any free port by default. */
  readonly port?: number | undefined;
  readonly settings: SimSettings;
  /** What goes wrong with the n-th request for a response, from 1, instead of what the settings' chance says. */
  readonly faultFor?: (requestNumber: number) => SimFault | undefined;
  /** Told of every request for a response that has a readable body, before it is answered. */
  readonly onRequest?: (request: { readonly path: string; readonly body: JsonValue }) => void;
}

/**
 * Starts the offline model on the loopback interface: a rule-based stand-in that speaks the Responses API, Chat
 * Completions and Gemini's generateContent over HTTP, streaming and not.
 *
 * @throws {UserError} when the port cannot be had
 */
export async function startSim(given: Partial<SimOptions>): Promise<Sim> {
  const options: SimOptions = { settings: DEFAULT_SIM_SETTINGS, ...given };
  let requests = 0;
  const server = createServer((request, response) => {
    handle(request, response, options, () => ++requests).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else sendReply(response, internalError(error), undefined, options.settings);
    });
  });
  server.keepAliveTimeout = 60_000;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: '127.0.0.1', port: options.port ?? 0, backlog: 4096 }, resolve);
  try {
    await promise;
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(`Cannot start the offline model: ${reason}. Choose another port.`, { cause: error });
  }
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done());
      });
      server.closeAllConnections();
      return closed;
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: SimOptions,
  count: () => number,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const googleKey = header(request, 'x-goog-api-key') ?? searchParams.get('key') ?? '';
  const text = await readBody(request).catch(() => null);
  if (text === null) return;
  const { reply, fault, headers, instant } = answer(
    {
      route: routeOf(request.method ?? 'GET', pathname, googleKey !== ''),
      path: pathname,
      line: `${request.method} ${pathname}`,
      hasGoogleKey: googleKey !== '',
      hasBearer: /^Bearer \S/i.test(header(request, 'authorization') ?? ''),
      asEvents: searchParams.get('alt') === 'sse',
      text,
    },
    options,
    count,
  );
  if (response.destroyed) return;
  response.setHeaders(new Map(Object.entries(headers)));
  sendReply(response, reply, fault, instant ? { ...options.settings, firstTokenMs: 0 } : options.settings);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function internalError(error: unknown) {
  const message = `The offline model failed: ${messageOf(error)}`;
  return openAiError({ status: 500, message, type: 'server_error' });
}
