import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { SimSettings } from './settings.ts';

// A thread does not have it from the one that starts it.
enableCompileCache();
const { startSim } = await import('./start-sim.ts');
const { port, settings } = workerData as { readonly port?: number; readonly settings: SimSettings };
const sim = await startSim({ ...(port === undefined ? {} : { port }), settings });
parentPort?.postMessage(sim.origin);
