import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { EntryReader, Found } from './entry.ts';
import type { PromptFile, PromptFormat } from './prompt-file.ts';
import { formatOf } from './prompt-file.ts';
import { readCsv } from './read-csv.ts';
import { readJsonl } from './read-jsonl.ts';
import { readTxt } from './read-txt.ts';
import { readYaml } from './read-yaml.ts';

/** Reads a file's entries as a stream, in its format. A file that cannot be read is a problem found in it. */
export async function* readEntries(file: PromptFile, maxBytes: number): AsyncGenerator<readonly Found[]> {
  try {
    const problem = await whyUnreadable(file.path);
    if (problem === undefined) yield* READERS[formatOf(file)](() => createReadStream(file.path), maxBytes);
    else yield [{ ok: false, problem }];
  } catch (error) {
    if (!isSystemError(error)) throw error;
    yield [{ ok: false, problem: explain(error) }];
  }
}

const READERS: Readonly<Record<PromptFormat, EntryReader>> = {
  txt: readTxt,
  jsonl: readJsonl,
  csv: readCsv,
  yaml: readYaml,
};

async function whyUnreadable(path: string): Promise<string | undefined> {
  const about = await stat(path);
  if (about.isFile()) return undefined;
  if (about.isDirectory()) return 'Cannot read it: it is a directory. Name the files in it.';
  return 'Cannot read it: it is not a regular file, and prompts are read twice. Pipe it in, with - in its place.';
}

interface SystemError extends Error {
  readonly code: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function explain(error: SystemError): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'Cannot read it: there is no such file. Check the path.';
    case 'EACCES':
    case 'EPERM':
      return 'Cannot read it: you have no permission to. Change its mode, or copy it.';
    default:
      return `Cannot read it: ${error.message}. Try again, or copy it elsewhere.`;
  }
}
