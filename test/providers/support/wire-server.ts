import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** Says what goes out for one request, byte for byte. */
export type Answer = (response: ServerResponse, request: Received) => void | Promise<void>;

/** A server on loopback that gives the scripted answers in order, the last one for ever, and records what it was asked. */
export class WireServer implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Requests whose connection the client closed before the answer was complete. */
  abandoned = 0;
  readonly #answers: Answer[];
  readonly #server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: text ? JSON.parse(text) : {} };
      this.received.push(request);
      response.on('close', () => {
        if (!response.writableFinished) this.abandoned += 1;
        this.#onClose?.();
      });
      void (this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0])?.(response, request);
    });
  });
  #onClose: (() => void) | undefined;

  private constructor(answers: readonly Answer[]) {
    this.#answers = [...answers];
  }

  static async start(...answers: readonly Answer[]): Promise<WireServer> {
    const server = new WireServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bodies that came in. */
  get bodies(): readonly Record<string, unknown>[] {
    return this.received.map(({ body }) => body);
  }

  /** Resolves when a connection with an unfinished answer is closed by the client. */
  async abandonment(): Promise<void> {
    while (this.abandoned === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onClose = resolve;
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A stream of server-sent events, complete. A string goes out as it is. */
export function stream(...events: readonly (object | string)[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(events.map(sse).join(''));
  };
}

/** A stream that begins and never ends. */
export function stalled(...events: readonly (object | string)[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (events.length > 0) response.write(events.map(sse).join(''));
  };
}

/** A stream whose connection is reset once the client has had what was sent. */
export function reset(...events: readonly (object | string)[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events.map(sse).join(''), () => response.socket?.resetAndDestroy());
  };
}

function sse(event: object | string): string {
  if (typeof event === 'string') return event;
  const type = 'type' in event && typeof event.type === 'string' ? `event: ${event.type}\n` : '';
  return `${type}data: ${JSON.stringify(event)}\n\n`;
}
