import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../contract/errors.ts';

/**
 * Checks before any work is done that its outcome can be written to a file.
 *
 * @param what is to be written, as in "Cannot write answers to …"
 * @throws {UserError} for a directory, and a parent directory that is missing or closed to us
 */
export async function checkWritable(path: string, what: string): Promise<void> {
  const parent = dirname(path);
  const problem = (await isDirectory(path))
    ? 'it is a directory. Name a file'
    : !(await isDirectory(parent))
      ? `there is no directory ${parent}. Create it or name another file`
      : !(await isWritable(parent))
        ? `the directory ${parent} is not writable. Name a file elsewhere`
        : undefined;
  if (problem) throw new UserError(`Cannot write ${what} to ${path}: ${problem}.`);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
