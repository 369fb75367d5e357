import { enableCompileCache } from 'node:module';
import { stderr, stdout } from 'node:process';
import { BroadcastChannel, workerData } from 'node:worker_threads';
import { lowerThreadPriority } from './lower-priority.ts';
import { performCall } from './perform-call.ts';
import { PrintedLines } from './printed-lines.ts';
import type { RemoteCall, RemoteReply } from './remote-call.ts';

/** The name of the channel that printed lines go to. */
const [, channelName] = workerData as readonly [unknown, string];
const channel = new BroadcastChannel(channelName);
let printed: PrintedLines | undefined;

// A thread does not inherit it, and without it strips TypeScript of its types anew.
enableCompileCache();
lowerThreadPriority();
for (const stream of [stdout, stderr]) stream.write = keep;

/** What a worker thread does: runs one call at a time. */
export async function runHere(call: RemoteCall): Promise<RemoteReply> {
  const { toolName } = call;
  printed = new PrintedLines((line) => channel.postMessage({ toolName, line }));
  const reply = await performCall(call);
  printed.end();
  return reply;
}

type Written = (error?: Error | null) => void;

/** Takes the place of a stream's `write`: a thread's output would otherwise end up in the middle of the log. */
function keep(chunk: string | Uint8Array, encoding?: BufferEncoding | Written, callback?: Written): boolean {
  printed?.add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
  const written = typeof encoding === 'function' ? encoding : callback;
  if (written) queueMicrotask(written);
  return true;
}
