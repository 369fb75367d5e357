import { registerHooks } from 'node:module';
import { ownFile } from '../../contract/own-file.ts';

/** The module that this package is to those who import it. */
export const OWN_MODULE = ownFile('index').href;

let offered = false;

/**
 * Lets user files of this thread import this package by its name even where it is not installed beside them, as under
 * `npx`.
 */
export function offerOwnPackage(): void {
  if (offered) return;
  offered = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier !== 'agentpar') return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return { url: OWN_MODULE, shortCircuit: true };
      }
    },
  });
}
