import type { RunDirectory } from '../run/run-directory.ts';

/** The command that goes on with a run, as it can be given to a shell where this one was. */
export function commandToGoOn({ shown }: Pick<RunDirectory, 'shown'>): string {
  const name = shown.startsWith('-') ? `./${shown}` : shown;
  const isPlain = /^[\p{L}\p{N}_./@%+,:=-]+$/u.test(name);
  return `agentpar resume ${isPlain ? name : `'${name.replaceAll("'", `'\\''`)}'`}`;
}
