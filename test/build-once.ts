import { build } from 'rolldown';
import { page, program } from '../rolldown.config.ts';

/** Builds before the tests, because they drive the real program; beside what is there, for declarations may be in use. */
export default async function setup(): Promise<void> {
  await build([{ ...program, output: { ...program.output, cleanDir: false } }, page]);
}
