import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Inside } from './inside-root.ts';
import { checkUnmoved } from './inside-root.ts';

/** A file, directory or other thing in a directory. */
interface Entry {
  /** From the root, with `/` between its parts. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  /** Of a file, in bytes. */
  readonly size?: number;
}

/** What there is in a directory, sorted by path. `more`: there are others, deeper or later in the alphabet. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

/** Lists a directory down to `depth` levels, those nearer to it first where there are more than `maxEntries`; follows no links. */
export async function listDirectory(
  directory: Inside,
  depth: number,
  maxEntries: number,
  signal: AbortSignal,
): Promise<Listing> {
  const entries: Entry[] = [];
  let level = [directory.path];
  for (let levels = 0; levels < depth && level.length > 0; levels++) {
    const next: string[] = [];
    for (const path of level) {
      signal.throwIfAborted();
      const found = await readDirectory({ ...directory, path }, maxEntries - entries.length);
      entries.push(...found.entries);
      if (found.more) return { entries: entries.sort(byPath), more: true };
      next.push(...found.directories);
    }
    level = next;
  }
  return { entries: entries.sort(byPath), more: false };
}

async function readDirectory(directory: Inside, most: number) {
  const names = (await readdir(directory.path)).sort();
  const found = await Promise.all(
    names.slice(0, most).map(async (name) => {
      const path = join(directory.path, name);
      return { path, entry: await describe(path, directory.root) };
    }),
  );
  await checkUnmoved(directory);
  const there = found.flatMap(({ path, entry }) => (entry ? [{ path, entry }] : []));
  return {
    entries: there.map(({ entry }) => entry),
    directories: there.filter(({ entry }) => entry.type === 'directory').map(({ path }) => path),
    more: names.length > most,
  };
}

/** Undefined for what went away in the meantime. */
async function describe(path: string, root: string): Promise<Entry | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!stats) return undefined;
  const shown = relative(root, path).split(sep).join('/');
  if (stats.isFile()) return { path: shown, type: 'file', size: stats.size };
  const type = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  return { path: shown, type };
}

function byPath(a: Entry, b: Entry): number {
  return a.path < b.path ? -1 : 1;
}
