import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Something that exists inside of a root, by the path without any symbolic link in it. */
export interface Inside {
  readonly root: string;
  readonly path: string;
  readonly stats: BigIntStats;
}

/**
 * Finds what a path names, relative to `root` or absolute.
 *
 * @throws {Error} that says so if it is not inside of `root` once all symbolic links are followed; one of the file system
 *   if it is not there
 */
export async function findInside(root: string, path: string): Promise<Inside> {
  if (path.includes('\0')) throw new Error('it holds a NUL character');
  const realRoot = await realpath(root);
  const named = resolve(root, path);
  // Before the file system is asked, so that nobody learns what there is elsewhere.
  if (!contains(resolve(root), named) && !contains(realRoot, named)) throw outside();
  const real = await realpath(named);
  if (!contains(realRoot, real)) throw outside();
  return { root: realRoot, path: real, stats: await lstat(real, { bigint: true }) };
}

/**
 * Opens a regular file for reading.
 *
 * @throws {Error} that says so if it is anything else, or was exchanged for something else since it was found
 */
export async function openInside(found: Inside): Promise<FileHandle> {
  if (!found.stats.isFile()) throw new Error(`it is no file but ${kindOf(found.stats)}`);
  // O_NONBLOCK, because a pipe that took the file's place would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(found.path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? exchanged() : error;
  });
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    if (dev !== found.stats.dev || ino !== found.stats.ino) throw exchanged();
    await checkUnmoved(found);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Makes sure that no symbolic link has come into the path since it was found.
 *
 * @throws {Error} that says so if one has
 */
export async function checkUnmoved({ path }: Inside): Promise<void> {
  if ((await realpath(path)) !== path) throw exchanged();
}

function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(): Error {
  return new Error('it is outside of the directory that may be read');
}

function exchanged(): Error {
  return new Error('it was exchanged for something else just now; try again');
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a directory (list_files lists it)';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
