import type { Command } from 'commander';
import { Option } from 'commander';
import { RESUME_EXAMPLES } from './help-examples.ts';
import { wholeNumber } from './option-values.ts';
import type { ResumeOptions } from './resume-command.ts';
import { addBudget } from './shared-options.ts';

/** Adds `agentpar resume` to the program. */
export function addResume(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('resume')
    .summary('go on with a run that was stopped')
    .description(
      'Goes on with a run that was stopped or whose process died: finished prompts are not asked again, conversations go ' +
        'on from their last response, and a tool that may have run is not run twice.',
    )
    .argument('[run]', "the run's directory or its name (default: the latest that is unfinished)")
    .addHelpText('before', RESUME_EXAMPLES)
    .addOption(
      new Option('-j, --concurrency <n>', 'conversations at once, instead of what the run had').argParser(
        wholeNumber('--concurrency'),
      ),
    )
    .addOption(
      new Option(
        '--on-uncertain <what>',
        'tool calls that may have run: tell the model, fail the conversation, or rerun',
      )
        .choices(['tell', 'fail', 'rerun'])
        .default('tell'),
    );
  addBudget(command)
    .option('--allow-changed', 'go on although prompts, agents or tools have changed')
    .option('--json', 'every event as a line of JSON instead of the log')
    .option('-q, --quiet', 'no log and no progress: the answers and the timing')
    .option('-v, --verbose', 'everything that is said, in full')
    .option('--no-color', 'no colours')
    .action(async (run: string | undefined, options: ResumeOptions) => {
      const { resumeRun } = await import('./resume-command.ts');
      setExitCode(await resumeRun(run, options));
    });
}
