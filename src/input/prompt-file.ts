/** How a prompts file is written. */
export type PromptFormat = 'txt' | 'jsonl' | 'csv' | 'yaml';

/** A file of prompts, to be read twice. */
export interface PromptFile {
  readonly path: string;
  /** What messages and `Prompt.source.file` call it. */
  readonly name: string;
  /** Without it, what the path's extension says. */
  readonly format?: PromptFormat;
}

/** The format a file was given, or the one its extension stands for; an unknown extension stands for `txt`. */
export function formatOf(file: PromptFile): PromptFormat {
  return file.format ?? FORMATS.get(/\.([^./\\]+)$/.exec(file.path)?.[1]?.toLowerCase() ?? '') ?? 'txt';
}

const FORMATS: ReadonlyMap<string, PromptFormat> = new Map([
  ['txt', 'txt'],
  ['md', 'txt'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['csv', 'csv'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  // Every JSON document is a YAML document, and read line by line it would be nonsense that costs money.
  ['json', 'yaml'],
]);
