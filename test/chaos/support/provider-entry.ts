import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { JsonValue } from '../../../src/contract/json.ts';
import { answer } from '../../../src/sim/answer.ts';
import type { SimFault } from '../../../src/sim/fault.ts';
import { drawFault } from '../../../src/sim/fault.ts';
import { seededRandom } from '../../../src/sim/random.ts';
import { readBody } from '../../../src/sim/read-body.ts';
import { routeOf } from '../../../src/sim/route.ts';
import { sendReply } from '../../../src/sim/send-reply.ts';
import type { SimSettings } from '../../../src/sim/settings.ts';
import { callIn } from './call-in.ts';
import type { ProviderRow } from './ledgers.ts';
import { openLedger } from './ledgers.ts';

// A provider in a process of its own: serves the offline model's words, makes the seeded faults happen, and keeps a
// ledger of what it was asked. Which fault meets a call does not depend on the order in which calls arrive.
const { path, settings } = JSON.parse(process.argv[2] ?? '') as {
  readonly path: string;
  readonly settings: SimSettings;
};
const note = openLedger<ProviderRow & { readonly scene: string }>(path);
const attempts = new Map<string, number>();
let requests = 0;

const server = createServer((request, response) => void handle(request, response));
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address?.port}\n`);
});

// It goes when whoever started it is gone.
process.stdin.resume().once('close', () => process.exit());

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await readBody(request).catch(() => undefined);
  if (text === undefined) return;
  // Whose request it is stands at the beginning of the path.
  const scene = request.url?.split('/')[1] ?? '';
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const hasGoogleKey = request.headers['x-goog-api-key'] !== undefined;
  let fault: SimFault | undefined;
  const { reply, headers } = answer(
    {
      route: routeOf(request.method ?? 'GET', pathname, hasGoogleKey),
      path: pathname,
      line: `${request.method} ${pathname}`,
      hasGoogleKey,
      hasBearer: request.headers.authorization !== undefined,
      asEvents: searchParams.get('alt') === 'sse',
      text,
    },
    {
      settings,
      onRequest: ({ body }) => {
        fault = noteAsked(scene, body, response);
      },
      faultFor: () => fault,
    },
    () => requests,
  );
  response.setHeaders(new Map(Object.entries(headers)));
  sendReply(response, reply, fault, settings);
}

function noteAsked(scene: string, body: JsonValue, response: ServerResponse): SimFault | undefined {
  const { conversation, turn } = callIn(body);
  const call = JSON.stringify([conversation, turn]);
  const attempt = (attempts.get(scene + call) ?? 0) + 1;
  attempts.set(scene + call, attempt);
  const fault = drawFault(settings.faults, seededRandom(settings.seed, hash(`${call} ${attempt}`)));
  const request = ++requests;
  note({ scene, kind: 'asked', request, conversation, turn, ...(fault ? { fault: fault.kind } : {}) });
  response.once('close', () => note({ scene, kind: 'closed', request, whole: response.writableFinished }));
  return fault;
}

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE();
}
