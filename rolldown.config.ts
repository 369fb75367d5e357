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

/** A module that is no file. */
const NO_HTTP2 = '\0no-http2';

/** One file per part that is loaded at once, packages included: hundreds of small files take longer to find than to run. */
export const program = {
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `src/${entry}.ts`])),
  platform: 'node',
  // As `engines` in package.json says.
  transform: { target: 'node22.18' },
  // It starts threads from files of its own.
  external: ['tinypool'],
  plugins: [withoutHttp2(), licenses()],
  output: {
    dir: 'dist',
    // One folder down, as `src/contract/own-file.ts` counts on.
    chunkFileNames: 'chunks/[name]-[hash].js',
    cleanDir: true,
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
