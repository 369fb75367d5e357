import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that keeps what it was asked, gone when disposed of. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  address = '127.0.0.1',
) {
  const requests: IncomingMessage[] = [];
  const asked = Promise.withResolvers<void>();
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
    asked.resolve();
  });
  server.on('connection', () => connections++);
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${address}:${port}/`,
    requests,
    /** Resolves when the first request was answered, as far as it will be for now. */
    asked: asked.promise,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
