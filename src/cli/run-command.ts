import { execute } from './prepare-run.ts';
import { restoredOptions } from './restored-options.ts';
import type { RunOptions } from './run-options.ts';

/**
 * `agentpar run`: reads and checks everything that the run needs, then runs it. Returns the exit code.
 *
 * @throws {UserError} before the first request, if something is wrong that a person can mend
 */
export async function executeRun(names: readonly string[], options: RunOptions): Promise<number> {
  return await execute(names, options);
}

/**
 * `agentpar run --retry-failed`: runs anew what failed in an earlier run, as that was run but for the given options.
 * Returns the exit code.
 */
export async function retryFailed(run: string, given: Partial<RunOptions>): Promise<number> {
  const { failedPrompts } = await import('./failed-prompts.ts');
  const { start, directory } = await failedPrompts(run);
  process.chdir(start.setup.cwd);
  const { out: _, record: __, ...options } = restoredOptions(start);
  return await execute(start.files, { ...options, ...given, retryFailed: directory.path });
}
