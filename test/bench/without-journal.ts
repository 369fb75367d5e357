import { registerHooks } from 'node:module';

// Loaded before the program: puts a journal that stays empty in the place of its own.
registerHooks({
  load: (url, context, next) =>
    url.endsWith('/run/journal.js') ? { format: 'module', source: NO_JOURNAL, shortCircuit: true } : next(url, context),
});

const NO_JOURNAL = `
  import { writeFileSync } from 'node:fs';
  export class Journal {
    static create(path) {
      writeFileSync(path, '');
      return new Journal();
    }
    handle() {}
    finish() {}
  }`;
