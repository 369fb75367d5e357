import { readFileSync } from 'node:fs';
import type { PageAssets } from '../report/page/render-page.ts';

/** The script and style of pages, which are built from `src/report/page/client/`. */
export function pageAssets(): PageAssets {
  return { script: asset('page.js'), style: asset('page.css') };
}

/** In what is built one folder up, as `own-file.ts` counts on; from the sources in what was built from them. */
function asset(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/page/' : '../page/';
  return readFileSync(new URL(folder + name, import.meta.url), 'utf8');
}
