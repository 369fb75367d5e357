import type { Command } from 'commander';
import { Option } from 'commander';
import { WHATIF_EXAMPLES } from './help-examples.ts';
import { listOrRange } from './list-or-range.ts';
import { wholeNumber } from './option-values.ts';
import type { WhatifOptions } from './whatif-command.ts';

/** Adds `agentpar whatif` to the program. */
export function addWhatif(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('whatif')
    .summary('predict how long a run would take with other settings')
    .description(
      'Predicts how long the work of a run would take with other settings: it is scheduled anew on a virtual clock, with ' +
        'models and tools that take as long as they did. Asks no model and runs no tool; loads the files of tools for ' +
        'what they declare.',
    )
    .argument('[run]', "the run's directory or its name (default: the latest)")
    .addHelpText('before', WHATIF_EXAMPLES)
    .addOption(
      new Option('-j, --concurrency <n>', 'conversations at once: 8, 1,2,4 or 1..64').argParser(
        listOrRange('--concurrency'),
      ),
    )
    .addOption(
      new Option('--tool-concurrency <n>', "tool calls at once, in the same form (default: the run's)").argParser(
        listOrRange('--tool-concurrency'),
      ),
    )
    .option(
      '--turn-concurrency <n>',
      "tool calls at once in one turn, instead of the run's",
      wholeNumber('--turn-concurrency'),
    )
    .option('--rpm <n>', "requests to a model per minute, instead of the run's", wholeNumber('--rpm'))
    .option('--tpm <n>', "tokens to and from a model per minute, instead of the run's", wholeNumber('--tpm'))
    .option('--json', 'everything as one JSON object')
    .option('--no-color', 'no colours')
    .action(async (run: string | undefined, options: WhatifOptions) => {
      const { whatif } = await import('./whatif-command.ts');
      setExitCode(await whatif(run, options));
    });
}
