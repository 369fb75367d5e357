import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../contract/errors.ts';
import { ownFile } from '../contract/own-file.ts';
import type { Sim, SimOptions } from './start-sim.ts';

/**
 * Starts the offline model in a thread of its own, where it takes no time from whoever uses it. The thread never keeps
 * the process alive.
 *
 * @throws {UserError} when it cannot be started
 */
export async function startSimWorker(options: Partial<Pick<SimOptions, 'port' | 'settings'>>): Promise<Sim> {
  const worker = new Worker(ownFile('sim/sim-worker'), { workerData: options, execArgv: [] });
  try {
    const [origin]: unknown[] = await once(worker, 'message');
    worker.unref();
    return {
      origin: String(origin),
      stop: async () => {
        worker.ref();
        await worker.terminate();
      },
    };
  } catch (error) {
    await worker.terminate();
    const reason = messageOf(error);
    throw new UserError(reason.startsWith('Cannot') ? reason : `Cannot start the offline model: ${reason}.`, {
      cause: error,
    });
  }
}
