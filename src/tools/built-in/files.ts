import { basename } from 'node:path';
import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';
import { findInside, openInside } from './inside-root.ts';
import { listDirectory } from './list-directory.ts';
import { readLines } from './read-lines.ts';

const MAX_READ_BYTES = 1024 * 1024;
const MAX_ENTRIES = 1000;
const MAX_DEPTH = 20;

/** Where people keep keys, this program's among them. */
const SECRETS = /^\.env(?:\..*)?$/i;

const PATH = { type: 'string', minLength: 1, maxLength: 4096 };

/** Tools that read and list files inside of `root` and nowhere else, wherever links lead; `.env` files stay unread. */
export function createFileTools({ root }: { readonly root: string }): readonly Tool[] {
  const readFile = defineTool({
    name: 'read_file',
    description: 'Reads a text file, or the lines of it that offset and limit choose.',
    parameters: {
      type: 'object',
      properties: {
        path: { ...PATH, description: 'Relative to the directory that may be read.' },
        offset: { type: 'integer', minimum: 1, description: 'The first line to read, from 1.' },
        limit: { type: 'integer', minimum: 1, description: 'How many lines to read at most.' },
      },
      required: ['path'],
      additionalProperties: false,
    },
    policy: { effect: 'read' },
    run: ({ path, offset, limit }: { path: string; offset?: number; limit?: number }, { signal }) =>
      explained(`read ${JSON.stringify(path)}`, async () => {
        const found = await findInside(root, path);
        if (SECRETS.test(basename(found.path))) throw new Error('files of that name hold secrets');
        await using handle = await openInside(found);
        const range = { first: offset ?? 1, count: limit ?? Number.POSITIVE_INFINITY, maxBytes: MAX_READ_BYTES };
        return await readLines(handle, range, signal);
      }),
  });
  const listFiles = defineTool({
    name: 'list_files',
    description: `Lists the files and directories in a directory, with sizes in bytes; at most ${MAX_ENTRIES} of them.`,
    parameters: {
      type: 'object',
      properties: {
        path: { ...PATH, description: 'Relative to the directory that may be read; without it that one.' },
        depth: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_DEPTH,
          description: 'How many levels deep; 1 if not given.',
        },
      },
      additionalProperties: false,
    },
    policy: { effect: 'read' },
    run: ({ path = '.', depth = 1 }: { path?: string; depth?: number }, { signal }) =>
      explained(`list ${JSON.stringify(path)}`, async () => {
        const found = await findInside(root, path);
        if (!found.stats.isDirectory()) throw new Error('it is no directory');
        return await listDirectory(found, depth, MAX_ENTRIES, signal);
      }),
  });
  return [readFile, listFiles];
}

/** Errors of the file system name paths that the model did not, so only their kind is told. */
async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`Cannot ${what}: ${reasonOf(error)}.`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ELOOP: 'its links lead nowhere',
  ENAMETOOLONG: 'its name is too long',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error)) return error.message;
  return REASONS[String(error.code)] ?? `the file system says ${error.code}`;
}
