import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompt } from '../../src/contract/prompt.ts';
import type { PromptOptions, PromptSet } from '../../src/input/open-prompts.ts';
import { openPrompts } from '../../src/input/open-prompts.ts';
import type { PromptFile } from '../../src/input/prompt-file.ts';

/** A new directory that is gone at the end of its scope. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'agentpar-input-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Contents by file name. */
export type Contents = Readonly<Record<string, string | Uint8Array>>;

/** Writes the files and gives them to `use`. */
export async function withFiles<T>(contents: Contents, use: (files: readonly PromptFile[]) => Promise<T>): Promise<T> {
  await using directory = await temporaryDirectory();
  const files = Object.keys(contents).map((name) => ({ path: join(directory.path, name), name }));
  for (const { path, name } of files) await writeFile(path, contents[name] ?? '');
  return await use(files);
}

/** All prompts of files that are expected to have no problem. */
export async function readAll(contents: Contents, options: PromptOptions = {}): Promise<Prompt[]> {
  return await withFiles(contents, async (files) => await collect((await openGood(files, options)).read()));
}

/** What is wrong with files that are expected to have a problem. */
export async function problemsOf(contents: Contents, options: PromptOptions = {}): Promise<readonly string[]> {
  return await withFiles(contents, async (files) => {
    const opened = await openPrompts(files, options);
    return opened.ok ? [] : opened.problems;
  });
}

/** Opens files that are expected to have no problem. */
export async function openGood(files: readonly PromptFile[], options: PromptOptions = {}): Promise<PromptSet> {
  const opened = await openPrompts(files, options);
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  return opened.prompts;
}

/** Everything a stream yields. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}
