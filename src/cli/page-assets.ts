import { readFileSync } from 'node:fs';
import type { PageAssets } from '../report/page/render-page.ts';

/** The script and style of pages, which are built from `src/report/page/client/`. */
export function pageAssets(): PageAssets {
  return { script: asset('page.js'), style: asset('page.css') };
}

/** In the build they are one folder up, as `own-file.ts` counts on; the sources take those of the last build. */
function asset(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/page/' : '../page/';
  return readFileSync(new URL(folder + name, import.meta.url), 'utf8');
}
