import { parentPort, workerData } from 'node:worker_threads';
import type { SimSettings } from './settings.ts';
import { startSim } from './start-sim.ts';

const { port, settings } = workerData as { readonly port?: number; readonly settings: SimSettings };
const sim = await startSim({ ...(port === undefined ? {} : { port }), settings });
parentPort?.postMessage(sim.origin);
