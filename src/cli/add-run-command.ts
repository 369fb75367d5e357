import type { Command } from 'commander';
import { Option } from 'commander';
import { RUN_EXAMPLES } from './help-examples.ts';
import { otlpEndpoint, wholeNumber } from './option-values.ts';
import type { RunOptions } from './run-options.ts';
import {
  addLimits,
  addModelOptions,
  addPromptOptions,
  addRecord,
  addReplay,
  addToolOptions,
  addToolRunOptions,
} from './shared-options.ts';
import { addThresholds } from './threshold-options.ts';

/** Adds `agentpar run` to the program. */
export function addRun(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('run')
    .summary('run one conversation per prompt')
    .description('Runs one conversation per prompt, as many at once as -j allows, with every tool call in one log.')
    .argument('[prompts...]', 'files of prompts: .txt, .jsonl, .csv or .yaml; - for standard input')
    .addHelpText('before', RUN_EXAMPLES);
  addModelOptions(command);
  addToolOptions(command);
  addPromptOptions(command.optionsGroup('Prompts:'))
    .option('--retry-failed <run>', 'only what failed or missed something in that run, with its files and options')
    .option('--dry-run', 'show how the files are split, with which agent and model, and stop');
  command
    .optionsGroup('Running:')
    .addOption(
      new Option('-j, --concurrency <n>', 'conversations at once')
        .env('AGENTPAR_CONCURRENCY')
        .default(4)
        .argParser(wholeNumber('--concurrency')),
    )
    .addOption(
      new Option(
        '--tool-concurrency <n>',
        'tool calls at once, over all conversations (default: --turn-concurrency times -j)',
      )
        .env('AGENTPAR_TOOL_CONCURRENCY')
        .argParser(wholeNumber('--tool-concurrency')),
    )
    .option('--sequential', 'first run everything one at a time, as a measured benchmark; asks and pays twice')
    .option('--fail-fast', 'end the run when a conversation fails or misses what is expected');
  addThresholds(command);
  addToolRunOptions(command);
  addRecord(command.optionsGroup('Cassettes:'), 'keep every model response and tool result there, with their times');
  addReplay(command)
    .optionsGroup('Output:')
    .addOption(
      new Option('--out <dir>', 'where journal and results go (default: .agentpar/runs/…)').env('AGENTPAR_OUT'),
    )
    .option('--ordered', 'rows of results.jsonl in prompt order, each as soon as those before it are there')
    .option('-o, --output <file>', 'also write the answers, in prompt order, as .md, .csv or .jsonl')
    .option('--otlp <url>', 'send spans there by OTLP over HTTP, such as http://localhost:4318', otlpEndpoint)
    .option('--otlp-content', 'spans with prompts, answers, arguments and results in them')
    .option('--json', 'every event as a line of JSON instead of the log')
    .option('-q, --quiet', 'no log and no progress: the answers and the timing')
    .option('-v, --verbose', 'everything that is said, in full')
    .option('--timeline', 'at the end also the conversations over time, as wide as the terminal')
    .option('--watch', 'serve a page of the run while it goes on, to this machine alone; says where')
    .option('--no-color', 'no colours');
  addLimits(command);
  command.action(async (files: string[], options: RunOptions) => {
    const { executeRun, retryFailed } = await import('./run-command.ts');
    const { retryFailed: run } = options;
    setExitCode(
      await (run === undefined ? executeRun(files, options) : retryFailed(run, givenOptions(command, options))),
    );
  });
}

/** The options that were given, without the defaults. */
function givenOptions(command: Command, options: RunOptions): Partial<RunOptions> {
  const given = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) !== 'default');
  return Object.fromEntries(given);
}
