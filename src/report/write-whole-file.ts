import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../contract/errors.ts';

const CHUNK_CHARACTERS = 64 * 1024;

/**
 * Writes a file that is there whole or not at all: what was there before stays until everything is on the disk.
 *
 * @throws {UserError} with exit code 74 when writing fails; what `texts` throws is passed on
 */
export async function writeWholeFile(path: string, texts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await writeTexts(file, texts);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (!isSystemError(cause)) throw cause;
    throw new UserError(`Cannot write ${path}: ${cause.message}.`, { exitCode: 74, cause });
  }
}

async function writeTexts(file: FileHandle, texts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  let chunk = '';
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    await file.appendFile(chunk);
    chunk = '';
  }
  await file.appendFile(chunk);
}

function isSystemError(cause: unknown): cause is Error {
  return cause instanceof Error && 'syscall' in cause;
}
