import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { SimOptions } from './start-sim.ts';

// A thread does not inherit it.
enableCompileCache();
const { startSim } = await import('./start-sim.ts');
const sim = await startSim(workerData as Partial<Pick<SimOptions, 'port' | 'settings'>>);
parentPort?.postMessage(sim.origin);
