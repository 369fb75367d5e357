import { build } from 'rolldown';
import parts from '../rolldown.config.ts';

/** Builds before the tests, because they drive the real program; beside what is there, for declarations may be in use. */
export default async function setup(): Promise<void> {
  for (const { output, ...part } of parts) await build({ ...part, output: { ...output, cleanDir: false } });
}
