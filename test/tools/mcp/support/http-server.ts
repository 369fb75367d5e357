import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { HttpServer } from '../../../../src/tools/mcp/server-config.ts';

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name: string; readonly arguments: { readonly text?: string } };
}

/** A server over streamable HTTP on loopback, for the time of a test. */
export async function startHttpServer() {
  let session = 0;
  let unknownSessionStatus = 404;
  const held: (() => void)[] = [];
  const requests: { readonly method: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ method: request.method ?? '', headers: request.headers });
    if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    const message = JSON.parse(await text(request)) as Message;
    if (message.method === 'initialize') {
      session += 1;
      response.setHeader('mcp-session-id', `session-${session}`);
    } else if (request.headers['mcp-session-id'] !== `session-${session}`) {
      return response.writeHead(unknownSessionStatus).end('Bad Request: No valid session ID provided');
    }
    if (message.params?.name === 'hold') return held.push(() => answer(message, response));
    return answer(message, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${port}/mcp`;
  const config: HttpServer = { kind: 'http', name: 'web', shown: url, url, headers: { authorization: 'Bearer t0ken' } };
  return {
    config,
    requests,
    /** Answers to calls of `hold`, each given when it is called. */
    held,
    /** Forgets all sessions, and answers those who still speak of them with this status. */
    forgetSessions: (status: number) => {
      session += 1;
      unknownSessionStatus = status;
    },
    close,
  };
}

const READING = ['echo', 'stream', 'huge', 'huge_stream', 'endless_event', 'later', 'broken'];
const TOOLS = [...READING, 'break_off', 'reset', 'hold'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: READING.includes(name) },
}));

function answer({ id, method, params }: Message, response: ServerResponse): void {
  if (id === undefined) return void response.writeHead(202).end();
  const result = (value: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: value });
  const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(result(value));
  const event = (value: unknown) => response.write(`event: message\ndata: ${result(value)}\n\n`);
  const content = (value: string) => ({ content: [{ type: 'text', text: value }] });
  if (method === 'initialize') {
    const serverInfo = { name: 'web', version: '1' };
    return void json({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo });
  }
  if (method === 'tools/list') return void json({ tools: TOOLS });
  const said = params?.arguments.text ?? '';
  switch (params?.name) {
    case 'echo':
    case 'hold':
      return void json(content(said));
    case 'huge':
      return void json(content('x'.repeat(11 * 1024 * 1024)));
    case 'reset':
      return void response.socket?.resetAndDestroy();
    case 'broken':
      return void response.writeHead(500).end('out of order');
  }
  response.setHeader('content-type', 'text/event-stream');
  response.write(': hello\n\n');
  if (params?.name === 'later') response.write('id: 1\nretry: 1000000\ndata: \n\n');
  if (params?.name === 'stream') event(content(said));
  if (params?.name === 'huge_stream') event(content('x'.repeat(11 * 1024 * 1024)));
  if (params?.name === 'endless_event') {
    for (let i = 0; i < 11; i++) response.write(`data: ${'x'.repeat(1024 * 1024)}\n`);
    return;
  }
  response.end();
}
