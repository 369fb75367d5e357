import { rm, writeFile } from 'node:fs/promises';
import { messageOf, UserError } from '../contract/errors.ts';

/**
 * Copies a stream that can be read only once to a new file that only its owner may read, chunk by chunk. A copy that
 * could not be finished is removed.
 *
 * @throws {UserError} (74) when the stream or the file fails, or something is at `path` already
 */
export async function spoolInput(stream: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  try {
    // Exclusive: neither follows a link that waits there nor writes into a file that others may read.
    await writeFile(path, stream, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const reason = messageOf(error);
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere) await rm(path, { force: true });
    throw new UserError(`Cannot keep the piped prompts: ${reason}. Write them to a file and name that.`, {
      exitCode: 74,
      cause: error,
    });
  }
}
