import { extname } from 'node:path';

/**
 * Where a file of this package is, by its path in `src` without the extension: `sim/sim-worker`. It holds for the sources
 * as for what is built from them, because both have this module one folder down and what is asked for in its place.
 */
export function ownFile(path: string): URL {
  return new URL(`../${path}${extname(import.meta.url)}`, import.meta.url);
}
