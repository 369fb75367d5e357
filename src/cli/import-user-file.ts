import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../contract/errors.ts';
import { offerOwnPackage } from '../tools/place/offer-own-package.ts';
import { tellWhatIsPrinted } from './tell-what-is-printed.ts';

/**
 * Everything that a user's JavaScript or TypeScript file exports.
 *
 * @throws {UserError} if it is not there or cannot be loaded; the message says why, where, and what to do
 */
export async function importUserFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UserError(`Cannot load ${path}: there is no such file.`);
  offerOwnPackage();
  tellWhatIsPrinted();
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw new UserError(`Cannot load ${path}: ${explain(error)}`, { cause: error });
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return (
      `${error.message}${placeOf(error)}. Node removes types but does not compile: write enums, namespaces and parameter properties as ` +
      'plain objects and fields, or compile the file first.'
    );
  }
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return 'Node loads no TypeScript from node_modules. Copy the file out of it, or compile it.';
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return `${error.message}. Use .js, .mjs, .ts or .mts.`;
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return `${error.message}. Install the package, or give relative imports their full name with the extension.`;
  }
  if (error instanceof SyntaxError) return `${error.message}${placeOf(error)}`;
  return `it failed while loading: ${error.message}${placeOf(error)}`;
}

/** Where it went wrong: of a syntax error the first line says it, otherwise the innermost call outside of this package. */
function placeOf({ stack = '' }: Error): string {
  const quoted = /^(?:file:\/\/)?(.+\.\w+:\d+)\n/.exec(stack)?.[1];
  const calls = [...stack.matchAll(/file:\/\/(\S+?:\d+)/g)];
  const place = quoted ?? calls.find(([url]) => !url.startsWith(OWN_CODE))?.[1];
  return place === undefined ? '' : ` (${place})`;
}

const OWN_CODE = new URL('..', import.meta.url).href;
