import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each folder of src may import, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  async: ['contract'],
  providers: ['async', 'contract'],
  tools: ['async', 'contract'],
  agent: ['async', 'contract'],
  sim: ['async', 'contract'],
  input: ['contract'],
  report: ['contract'],
  run: ['agent', 'async', 'contract'],
  bench: ['run', 'report', 'contract'],
  cli: ['agent', 'async', 'bench', 'contract', 'input', 'providers', 'report', 'run', 'sim', 'tools'],
  'index.ts': ['agent', 'contract', 'tools'],
};

/** The one home of each package: a folder, or the start of a file's path. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli/'],
  chalk: ['report/theme.ts'],
  ora: ['report/progress.ts'],
  openai: ['providers/openai-', 'providers/wire/openai-requests.ts'],
  '@google/genai': ['providers/gemini'],
  'p-queue': ['run/', 'tools/place/'],
  undici: ['providers/http/', 'tools/built-in/guarded-get.ts'],
  yaml: ['input/'],
  'csv-parse': ['input/'],
  '@cfworker/json-schema': ['tools/json-schema-check.ts'],
  '@modelcontextprotocol/client': ['tools/mcp/'],
  tinypool: ['tools/place/thread-place.ts'],
  '@pydantic/genai-prices': ['run/prices.ts'],
};

/** Packages that no command may load before it needs them. */
const LAZY = [
  'openai',
  '@google/genai',
  'ora',
  'yaml',
  'csv-parse',
  '@modelcontextprotocol/client',
  'tinypool',
  '@pydantic/genai-prices',
];

const SRC = join(import.meta.dirname, '../src');

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly isType: boolean;
  readonly isDynamic: boolean;
}

const imports = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap(importsOf);

describe('The architecture', () => {
  it('lets a folder import only from those below it', () => {
    const upward = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ file, specifier }) => ({ file, target: relative(SRC, join(SRC, file, '..', specifier)) }))
      .filter(({ file, target }) => !allowed(folderOf(file), folderOf(target)))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(upward).toEqual([]);
  });

  it('gives each package one home', () => {
    const strangers = imports
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ file, specifier }) => !HOMES[packageOf(specifier)]?.some((home) => file.startsWith(home)))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(strangers).toEqual([]);
  });

  it('loads heavy packages only when they are needed', () => {
    const eager = imports
      .filter(({ specifier, isType, isDynamic }) => LAZY.includes(packageOf(specifier)) && !isType && !isDynamic)
      .filter(({ file }) => !isLoadedLazily(file))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(eager).toEqual([]);
  });

  it('leaves the process to the command line', () => {
    const touching = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('cli'))
      .filter((file) => /\bprocess\.(argv|env|exit|exitCode|stdout|stderr)\b/.test(codeOf(file)));
    expect(touching).toEqual([]);
  });

  it('finds the standard streams in one place, since others find a stand-in for one of them', () => {
    const elsewhere = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== 'cli/standard-streams.ts')
      .filter((file) => /\bprocess\.std(out|err)\b/.test(codeOf(file)));
    expect(elsewhere).toEqual([]);
  });
});

function importsOf(file: string): readonly Import[] {
  const code = codeOf(file);
  const statics = [...code.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gms)].map((match) => ({
    file,
    specifier: match[2] ?? '',
    isType: match[1] !== undefined,
    isDynamic: false,
  }));
  const dynamics = [...code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map((match) => ({
    file,
    specifier: match[1] ?? '',
    isType: false,
    isDynamic: true,
  }));
  return [...statics, ...dynamics];
}

function codeOf(file: string): string {
  return readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
}

function folderOf(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function allowed(from: string, to: string): boolean {
  return from === to || (MAY_IMPORT[from] ?? []).includes(to);
}

/** Whether a file is only ever reached through a dynamic import of it or of the files that import it. */
function isLoadedLazily(file: string, seen: ReadonlySet<string> = new Set()): boolean {
  if (seen.has(file)) return true;
  const importers = imports.filter(
    ({ file: importer, specifier, isType }) =>
      !isType && specifier.startsWith('.') && relative(SRC, join(SRC, importer, '..', specifier)) === file,
  );
  if (importers.length === 0) return false;
  return importers.every(
    ({ file: importer, isDynamic }) => isDynamic || isLoadedLazily(importer, new Set([...seen, file])),
  );
}
