import { loadEnvFile } from 'node:process';
import { UserError } from '../contract/errors.ts';

/**
 * Adds what `.env` in the current directory sets to the environment; what the shell has set stays.
 *
 * @throws {UserError} if the file is there but cannot be read
 */
export function loadEnvironment(): boolean {
  try {
    loadEnvFile('.env');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot read .env: ${why}. Make it readable, or move it away.`, { cause: error });
  }
}
