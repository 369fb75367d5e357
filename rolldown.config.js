import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

/** What is started by its path: the command line, the library, and the threads and processes of their own. */
const ENTRIES = [
  'index',
  'cli/main',
  'sim/sim-worker',
  'tools/place/thread-entry',
  'tools/place/process-entry',
  'tools/place/lifeline-entry',
];

/** One file per part that is loaded at once, packages included: hundreds of small files take longer to find than to run. */
export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `src/${entry}.ts`])),
  platform: 'node',
  logLevel: 'warn',
  // It starts threads from files of its own.
  external: ['tinypool'],
  plugins: [{ name: 'licenses', generateBundle: emitLicenses }],
  output: {
    dir: 'dist',
    // One folder down, as `src/contract/own-file.ts` counts on.
    chunkFileNames: 'chunks/[name]-[hash].js',
    cleanDir: true,
  },
});

/** The licenses of the packages that are in the files, as all of them ask for. */
function emitLicenses(_options, bundle) {
  const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
  const packages = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts = [...packages].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : 'No text of the license is in the package.'}\n`;
  });
  this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
}
