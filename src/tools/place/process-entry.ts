import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { lowerThreadPriority } from './lower-priority.ts';
import { performCall } from './perform-call.ts';
import type { ProcessCall } from './process-call.ts';

// The main module of a tool's own process: runs the one call that it is sent. It never ends by itself but is ended.
const send = process.send?.bind(process);
// What a tool says must not be taken for what it returned.
Reflect.deleteProperty(process, 'send');

process.once('message', async (message) => {
  const { call, memoryBytes } = message as ProcessCall;
  lowerThreadPriority();
  const lifeline = new URL(`./lifeline-entry${extname(import.meta.url)}`, import.meta.url);
  new Worker(lifeline, { workerData: memoryBytes, execArgv: ['--disable-warning=ExperimentalWarning'] }).unref();
  send?.(await performCall(call));
});
