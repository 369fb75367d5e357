import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Clock } from '../../contract/clock.ts';
import type { HttpServer } from './server-config.ts';
import { BROKEN_OFF, errorAnswer, MAX_MESSAGE_BYTES, NO_LIMIT_MS, tooLarge } from './wire.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * A transport over streamable HTTP on which no answer is larger than allowed, and a call whose answer breaks off fails
 * instead of waiting for ever.
 */
export async function openHttpTransport(server: HttpServer, clock: Clock): Promise<StreamableHTTPClientTransport> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  // A server may ask for any wait before it is asked for the rest of an answer, and none of them must outlive us.
  const waiting = new Set<() => void>();
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: { ...server.headers } },
    fetch: async (url, init) => bounded(await fetch(url, init)),
    reconnectionOptions: {
      initialReconnectionDelay: 500,
      reconnectionDelayGrowFactor: 2,
      maxReconnectionDelay: 2000,
      maxRetries: 2,
    },
    reconnectionScheduler: (reconnect, delayMs) => {
      const cancel = clock.after(Math.min(delayMs, NO_LIMIT_MS), () => {
        waiting.delete(cancel);
        reconnect();
      });
      waiting.add(cancel);
      return cancel;
    },
  });
  transport.onclose = () => {
    for (const cancel of waiting) cancel();
  };
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    const id = 'method' in message && 'id' in message ? message.id : undefined;
    if (id === undefined) return send(message, options);
    const onRequestStreamEnd = () => transport.onmessage?.(errorAnswer(id, 'Its answer broke off.', BROKEN_OFF));
    return send(message, { ...options, onRequestStreamEnd });
  };
  return transport;
}

/** The response, with a body that fails where a message in it gets too large: the whole, or an event of a stream. */
function bounded(response: Response): Response {
  if (!response.body) return response;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  let bytes = 0;
  let isLineEmpty = true;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      for (const byte of isStream ? chunk : []) {
        bytes += 1;
        // An event ends with an empty line.
        if (byte === LINE_FEED && isLineEmpty) bytes = 0;
        isLineEmpty = byte === LINE_FEED || (isLineEmpty && byte === CARRIAGE_RETURN);
      }
      if (!isStream) bytes += chunk.length;
      if (bytes > MAX_MESSAGE_BYTES) controller.error(new Error(tooLarge(bytes)));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(count), { status, statusText, headers });
}
