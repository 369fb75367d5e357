import { fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { UserError } from '../contract/errors.ts';
import type { PromptFile, PromptFormat } from '../input/prompt-file.ts';

/** The prompts files of a run, ready to be read twice. */
export interface PromptFiles extends Disposable {
  readonly files: readonly PromptFile[];
}

/**
 * Finds the prompts files: those named, with `-` for standard input, or standard input if none is named and something
 * is piped in. Standard input is kept in a temporary file until it is disposed of; for a run that is resumed it is
 * in `keptInput`.
 *
 * @throws {UserError} if there is nothing to read
 */
export async function findPromptFiles(
  names: readonly string[],
  format: PromptFormat | undefined,
  keptInput?: string,
): Promise<PromptFiles> {
  if (keptInput !== undefined) {
    const kept = { path: keptInput, name: STDIN, format: format ?? 'txt' };
    const files = names.map((name) => (name === STDIN ? kept : { path: name, name, ...(format ? { format } : {}) }));
    return { files, [Symbol.dispose]: () => {} };
  }
  const wanted = names.length > 0 ? names : isPiped() ? ['-'] : [];
  if (wanted.length === 0) {
    throw new UserError('Cannot run: no prompts file is named. Try: agentpar run prompts.txt');
  }
  if (wanted.filter((name) => name === '-').length > 1) {
    throw new UserError('Cannot read standard input twice: name "-" once.');
  }
  const directory = wanted.includes('-') ? mkdtempSync(join(tmpdir(), 'agentpar-')) : undefined;
  const files: PromptFile[] = [];
  for (const name of wanted) {
    if (name !== '-' || directory === undefined) files.push({ path: name, name, ...(format ? { format } : {}) });
    else files.push(await spool(join(directory, 'stdin'), format));
  }
  return {
    files,
    [Symbol.dispose]: () => {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What standard input is called in messages. */
export const STDIN = '<stdin>';

/** Splits what a many-valued option took with it: files that hold code, and what was meant as prompts. */
export function splitByCode(names: readonly string[]): { readonly code: string[]; readonly prompts: string[] } {
  const isCode = (name: string) => /^\.[cm]?[jt]sx?$/.test(extname(name));
  return { code: names.filter(isCode), prompts: names.filter((name) => !isCode(name)) };
}

async function spool(path: string, format: PromptFormat | undefined): Promise<PromptFile> {
  if (process.stdin.isTTY) {
    throw new UserError('Cannot read prompts from the terminal: pipe them in, or name a file.');
  }
  const { spoolInput } = await import('../input/spool-stdin.ts');
  await spoolInput(process.stdin, path);
  return { path, name: STDIN, format: format ?? 'txt' };
}

function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false;
  }
}
