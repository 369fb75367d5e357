import { enableCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ownFile } from '../../contract/own-file.ts';
import { lowerThreadPriority } from './lower-priority.ts';
import { performCall } from './perform-call.ts';
import type { ProcessCall } from './process-call.ts';

// The main module of a tool's own process: runs the one call that it is sent. It never ends by itself but is ended.
const send = process.send?.bind(process);
// What a tool says must not be taken for what it returned.
Reflect.deleteProperty(process, 'send');

// Or TypeScript would be stripped of its types anew in each.
enableCompileCache();
process.once('message', async (message) => {
  const { call, memoryBytes } = message as ProcessCall;
  lowerThreadPriority();
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  new Worker(ownFile('tools/place/lifeline-entry'), { workerData: memoryBytes, execArgv }).unref();
  send?.(await performCall(call));
});
