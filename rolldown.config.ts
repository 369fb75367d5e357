import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, RolldownOptions } from 'rolldown';

/** What is started by its path: the command line, the library, and the threads and processes of their own. */
const ENTRIES = [
  'index',
  'cli/main',
  'sim/sim-worker',
  'tools/place/thread-entry',
  'tools/place/process-entry',
  'tools/place/lifeline-entry',
];

/** Modules that are no files. */
const NO_HTTP2 = '\0no-http2';
const CHILD_PROCESS_LATER = '\0child-process-later';

/** One file per part that is loaded at once, packages included: hundreds of small files take longer to find than to run. */
export const program = {
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `src/${entry}.ts`])),
  platform: 'node',
  // As `engines` in package.json says.
  transform: { target: 'node22.18' },
  // It starts threads from files of its own.
  external: ['tinypool'],
  plugins: [fetchClasses(), withoutHttp2(), childProcessLater(), licenses()],
  output: {
    dir: 'dist',
    // One folder down, as `src/contract/own-file.ts` counts on.
    chunkFileNames: 'chunks/[name]-[hash].js',
    cleanDir: true,
    // A file for what every command needs, and one for what every run does: those are found faster than dozens.
    codeSplitting: {
      groups: [
        { name: 'contract', test: /[\\/]src[\\/]contract[\\/](errors|json)\.ts$/, priority: 3 },
        { name: 'main', test: /[\\/]src[\\/]cli[\\/]main\.ts$/, priority: 2 },
        {
          name: 'run',
          test: /[\\/]src[\\/](cli[\\/]run-command|providers[\\/]wire[\\/]transport-error)\.ts$/,
          priority: 1,
        },
      ],
    },
    // Half of the packages' text, and all of it is read at each start.
    comments: false,
  },
} satisfies RolldownOptions;

/** What runs in the pages that `report` writes: `src/cli/page-assets.ts` reads it. */
export const page = {
  input: 'src/report/page/client/main.ts',
  platform: 'browser',
  plugins: [style()],
  output: { file: 'dist/page/page.js', format: 'es', minify: true },
} satisfies RolldownOptions;

export default [program, page];

/**
 * Gives the vendors' packages the classes around `fetch` from undici, which is loaded for their requests anyway. Node's own
 * are another copy of it, which takes as long to load as all of a short run, and it is loaded as soon as one of them is
 * looked at.
 */
function fetchClasses(): Plugin {
  return {
    name: 'fetch-classes',
    transform: {
      filter: { id: /\/node_modules\/(openai|@google\/genai)\//, code: /\b(Headers|Response|FormData)\b/ },
      handler(code, id) {
        const imports = [...FETCH_CLASSES]
          .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
          .map(([name, file]) => `import { ${name} } from 'undici/lib/web/fetch/${file}.js';\n`);
        return imports.join('') + (id.endsWith('/openai/lib/EventStream.mjs') ? withoutGlobalHeaders(code) : code);
      },
    },
  };
}

const FETCH_CLASSES: ReadonlyMap<string, string> = new Map([
  ['Headers', 'headers'],
  ['Response', 'response'],
  ['FormData', 'formdata'],
]);

/** The package looks through some globals for native functions; `Headers` is a class, so it comes to nothing there. */
function withoutGlobalHeaders(code: string): string {
  const list =
    /for \(const name of \[[^\]]*\]\) \{\s*const descriptor = Object\.getOwnPropertyDescriptor\(globalThis, name\)/;
  const found = list.exec(code)?.[0];
  if (!found) throw new Error('openai/lib/EventStream.mjs is another one: see what it does with the global Headers.');
  return code.replace(found, found.replace(/\s*'Headers',/, ''));
}

/** The pages' style, as it is. */
function style(): Plugin {
  return {
    name: 'style',
    generateBundle() {
      const source = readFileSync('src/report/page/client/page.css', 'utf8');
      this.emitFile({ type: 'asset', fileName: 'page.css', source });
    },
  };
}

/**
 * Leaves HTTP/2 out, as `undici` itself does where Node has none: it is told not to use it, and Node takes as long to load
 * it, and TLS with it, as for a start.
 */
function withoutHttp2(): Plugin {
  return {
    name: 'without-http2',
    resolveId: (id) => (id === 'node:http2' ? NO_HTTP2 : undefined),
    load: (id) => (id === NO_HTTP2 ? 'module.exports = { constants: {} };' : undefined),
  };
}

/** `commander` can start programs for commands, which is not asked of it: Node loads what it takes when it is. */
function childProcessLater(): Plugin {
  return {
    name: 'child-process-later',
    resolveId: (id, importer) =>
      id === 'node:child_process' && importer?.includes('/commander/') ? CHILD_PROCESS_LATER : undefined,
    load: (id) =>
      id === CHILD_PROCESS_LATER
        ? `export default { spawn: (...given) => process.getBuiltinModule('node:child_process').spawn(...given) };`
        : undefined,
  };
}

/** Writes the licenses of the packages that are in the files, as all of them ask for. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const packages = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
      const texts = [...new Set(packages)].toSorted().map(licenseOf);
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'The package holds no text of its license.';
  return `${name} ${version} (${license})\n\n${text}\n`;
}
