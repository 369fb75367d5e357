import { randomUUID } from 'node:crypto';
import { tell } from './tell.ts';

/**
 * Keeps what models and tools say from being taken for commands of GitHub Actions, which go by the lines of a job's output,
 * until the returned function is called. Does nothing anywhere else.
 */
export function withholdCommands(environment: Readonly<Record<string, string | undefined>>): () => void {
  if (environment['GITHUB_ACTIONS'] !== 'true') return () => {};
  const token = randomUUID();
  tell(`::stop-commands::${token}`);
  return () => tell(`::${token}::`);
}
