import { extname } from 'node:path';

/**
 * Where a file of this package is, by its path in `src` without the extension: `sim/sim-worker`. Right in the sources and
 * in the build, because in both this module is one folder down and such files keep their paths.
 */
export function ownFile(path: string): URL {
  return new URL(`../${path}${extname(import.meta.url)}`, import.meta.url);
}
