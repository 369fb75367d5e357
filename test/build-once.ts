import { build } from 'rolldown';
import config from '../rolldown.config.ts';

/** Builds before the tests, because they drive the real program; beside what is there, for declarations may be in use. */
export default async function setup(): Promise<void> {
  await build({ ...config, output: { ...config.output, cleanDir: false } });
}
