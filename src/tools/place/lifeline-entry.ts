import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { LIFELINE, OUT_OF_MEMORY } from './process-call.ts';

// Watches over a tool's own process, from a thread because the tool may keep the main one busy for ever: ends the
// process when its parent is gone or it uses up too much memory, whatever the memory is used for.
const MEMORY_CHECK_MS = 50;
const memoryBytes = Number(workerData);

new Socket({ fd: LIFELINE }).resume().on('close', end).on('error', end);
setInterval(() => {
  if (process.memoryUsage.rss() <= memoryBytes) return;
  writeSync(LIFELINE, OUT_OF_MEMORY);
  end();
}, MEMORY_CHECK_MS);

/** Ends this process and all that it started. */
function end(): void {
  process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
}
