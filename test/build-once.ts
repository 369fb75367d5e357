import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { page, program } from '../rolldown.config.ts';

const FROM = ['src', 'rolldown.config.ts', 'package-lock.json', 'node_modules/.package-lock.json'];
const BUILT = ['dist/LICENSES.txt', 'dist/page/page.css'];

/**
 * Builds before the tests, because they drive the real program, unless nothing has changed since it was built last; beside
 * what is there, for declarations may be in use.
 */
export default async function setup(): Promise<void> {
  if (Math.max(...FROM.flatMap(treeOf).map(changedAt)) < Math.min(...BUILT.map(changedAt))) return;
  await build([{ ...program, output: { ...program.output, cleanDir: false } }, page]);
}

/** A file, or a folder with all that is in it. */
function treeOf(path: string): readonly string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))];
}

/** In milliseconds since 1970; the beginning of all time for what is not there. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}
