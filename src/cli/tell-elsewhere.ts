import { messageOf } from '../contract/errors.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';

/**
 * Tells of a run that has ended where else it is to be known: spans to `--otlp`, and GitHub what did not succeed if the run
 * is a step of a workflow. If that fails, a person is told, and nothing else fails.
 */
export async function tellElsewhere(directory: RunDirectory, options: RunOptions): Promise<void> {
  const isStep = process.env['GITHUB_ACTIONS'] === 'true';
  if (options.otlp === undefined && !isStep) return;
  try {
    const { readRecordedRun } = await import('./read-recorded-run.ts');
    const run = await readRecordedRun(directory);
    if (isStep) {
      const { tellGithub } = await import('./github-actions.ts');
      await tellGithub(run, process.env);
    }
    if (options.otlp === undefined) return;
    const { sendOtlp } = await import('./send-otlp.ts');
    const { otlp: endpoint, otlpContent: content = false } = options;
    const problem = await sendOtlp(run, { endpoint, content, environment: process.env });
    if (problem !== undefined) tell(`${problem} Send them again: agentpar report --otlp <url> ${directory.path}`);
  } catch (error) {
    tell(`Cannot tell of the run elsewhere: ${messageOf(error)}`);
  }
}
