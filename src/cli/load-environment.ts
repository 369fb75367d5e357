import { statSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { messageOf, UserError } from '../contract/errors.ts';

/**
 * Adds what `.env` in the current directory sets to the environment; what the shell has set stays. A directory of that
 * name, which other programs make, is left alone.
 *
 * @throws {UserError} if the file is there but cannot be read
 */
export function loadEnvironment(path = '.env'): boolean {
  try {
    loadEnvFile(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
    const why = messageOf(error);
    throw new UserError(`Cannot read ${path}: ${why}. Make it readable, or move it away.`, { cause: error });
  }
}
