import type { Command } from 'commander';
import { Option } from 'commander';
import type { Mode } from '../contract/event.ts';
import type { BenchOptions } from './bench-options.ts';
import { BENCH_EXAMPLES } from './help-examples.ts';
import { someOf, wholeNumber, wholeNumbers } from './option-values.ts';
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

const MODES: readonly Mode[] = ['sequential', 'parallel'];

/** Adds `agentpar bench` to the program. */
export function addBench(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('bench')
    .summary('measure one at a time against many at once, again and again')
    .description(
      'Runs the same prompts in several settings by turns, each several times, and says how many times faster one is ' +
        'than another and how sure that is. Every run asks, runs tools and pays anew.',
    )
    .argument('[prompts...]', 'files of prompts: .txt, .jsonl, .csv or .yaml; - for standard input')
    .addHelpText('before', BENCH_EXAMPLES)
    .optionsGroup('Comparing:')
    .addOption(
      new Option('--modes <names>', 'sequential, parallel, or both')
        .default(MODES, 'sequential,parallel')
        .argParser(someOf('--modes', MODES)),
    )
    .addOption(
      new Option('-j, --concurrency <list>', 'conversations at once: each of these numbers is a setting')
        .env('AGENTPAR_CONCURRENCY')
        .default([4], '4')
        .argParser(wholeNumbers('--concurrency')),
    )
    .addOption(
      new Option(
        '--tool-concurrency <list>',
        'tool calls at once: each with each of -j (default: --turn-concurrency times -j)',
      )
        .env('AGENTPAR_TOOL_CONCURRENCY')
        .argParser(wholeNumbers('--tool-concurrency')),
    )
    .option('--runs <n>', 'of each setting; 6 is the fewest that give an interval', wholeNumber('--runs'), 6)
    .option('--warmup <n>', 'runs before those, which do not count', wholeNumber('--warmup', 0), 1)
    .option('--no-salt', 'prompts exactly as they are, though the provider may have cached them in the run before')
    .option('--fail-fast', 'end the benchmark when a conversation fails or misses what is expected')
    .option('--dry-run', 'show how the files are split and what would be run, and stop');
  addThresholds(command);
  addModelOptions(command);
  addToolOptions(command);
  addPromptOptions(command.optionsGroup('Prompts:'));
  addToolRunOptions(command);
  addRecord(
    command.optionsGroup('Cassettes:'),
    'keep a run before those that count there, of the first setting, to compare settings on the same work again',
  );
  addReplay(command);
  command
    .optionsGroup('Output:')
    .option('--export-json <file>', 'everything, with the fields of hyperfine')
    .option('--export-csv <file>', 'a row per setting')
    .option('--export-markdown <file>', 'the table and the verdict')
    .option('--out <dir>', 'where the runs and bench.json go (default: .agentpar/bench/…)')
    .option('--json', 'the same JSON to standard output instead of the table')
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colours');
  addLimits(command, 'benchmark');
  command.action(async (files: string[], options: BenchOptions) => {
    const { runBench } = await import('./bench-command.ts');
    setExitCode(await runBench(files, options));
  });
}
