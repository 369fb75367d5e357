import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';
import { program } from '../../rolldown.config.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds the program with a journal that stays empty in the place of its own. Returns what to start. */
export async function buildWithoutJournal(place: string): Promise<string> {
  const to = join(place, 'without-journal');
  const bin = join(to, 'bin/agentpar.js');
  await build({
    ...program,
    cwd: ROOT,
    plugins: [
      ...program.plugins,
      { name: 'without-journal', load: (id) => (id.endsWith('/src/run/journal.ts') ? NO_JOURNAL : undefined) },
    ],
    output: { ...program.output, dir: join(to, 'dist') },
  });
  mkdirSync(join(to, 'bin'));
  copyFileSync(join(ROOT, 'bin/agentpar.js'), bin);
  copyFileSync(join(ROOT, 'package.json'), join(to, 'package.json'));
  return bin;
}

const NO_JOURNAL = `
  import { writeFileSync } from 'node:fs';
  export class Journal {
    static create(path) {
      writeFileSync(path, '');
      return new Journal();
    }
    handle() {}
    flush() {}
    finish() {}
  }`;
