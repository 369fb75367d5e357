import type { Command } from 'commander';
import { Option } from 'commander';
import { RUN_EXAMPLES } from './help-examples.ts';
import { byteSize, duration, pattern, wholeNumber } from './option-values.ts';
import type { RunOptions } from './run-options.ts';
import { addBudget, addToolOptions } from './shared-options.ts';

/** Adds `agentpar run` to the program. */
export function addRun(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('run')
    .summary('run one conversation per prompt')
    .description('Runs one conversation per prompt, as many at once as -j allows, with every tool call in one log.')
    .argument('[prompts...]', 'files of prompts: .txt, .jsonl, .csv or .yaml; - for standard input')
    .addHelpText('before', RUN_EXAMPLES)
    .optionsGroup('Model:')
    .addOption(
      new Option('-m, --model <provider/name>', 'openai/…, gemini/…, openai-chat/… or sim/…').env('AGENTPAR_MODEL'),
    )
    .addOption(new Option('--base-url <url>', 'where the model is served').env('AGENTPAR_BASE_URL'))
    .option('--sim <settings>', 'latency and faults of the offline model: ttft=50,tps=200,429=0.1,seed=7');
  addToolOptions(command);
  command
    .optionsGroup('Prompts:')
    .addOption(
      new Option('--format <format>', 'instead of what the extension says').choices(['txt', 'jsonl', 'csv', 'yaml']),
    )
    .option('--filter <regex>', 'only prompts whose text or id matches', pattern('--filter'))
    .option('--limit <n>', 'only the first n prompts', wholeNumber('--limit'))
    .option('--repeat <n>', 'every prompt n times', wholeNumber('--repeat'))
    .option('--retry-failed <run>', 'only what failed in that run, with its files and options')
    .option('--dry-run', 'show how the files are split, with which agent and model, and stop')
    .optionsGroup('Running:')
    .addOption(
      new Option('-j, --concurrency <n>', 'conversations at once')
        .env('AGENTPAR_CONCURRENCY')
        .default(4)
        .argParser(wholeNumber('--concurrency')),
    )
    .addOption(
      new Option('--tool-concurrency <n>', 'tool calls at once, over all conversations (default: 16 times -j)')
        .env('AGENTPAR_TOOL_CONCURRENCY')
        .argParser(wholeNumber('--tool-concurrency')),
    )
    .option('--sequential', 'first run everything one at a time, as a measured benchmark; asks and pays twice')
    .option('--fail-fast', 'end the run when a conversation fails')
    .optionsGroup('Running tools:')
    .addOption(
      new Option('--background <what>', 'let the model start background tasks; at the end of a conversation …').choices(
        ['wait', 'cancel'],
      ),
    )
    .option('--no-cache', 'run equal calls of pure tools each by itself')
    .option('--learn', "order calls by what they took in earlier runs' journals too")
    .option(
      '--threads <n>',
      'worker threads for tools that ask for one (default: one per core)',
      wholeNumber('--threads'),
    )
    .option('--auto-thread', 'move tools that block the event loop twice to a thread')
    .optionsGroup('Cassettes:')
    .addOption(
      new Option('--record <file>', 'keep every model response and tool result there, with their times').conflicts(
        'replay',
      ),
    )
    .option('--replay <file>', 'answer from such a recording: no key, no network, and no tool runs')
    .addOption(
      new Option('--time <which>', 'of a replay: virtual passes the recorded delays at once (default: real)').choices([
        'real',
        'virtual',
      ]),
    )
    .optionsGroup('Output:')
    .addOption(
      new Option('--out <dir>', 'where journal and results go (default: .agentpar/runs/…)').env('AGENTPAR_OUT'),
    )
    .option('-o, --output <file>', 'also write the answers, in prompt order, as .md, .csv or .jsonl')
    .option('--json', 'every event as a line of JSON instead of the log')
    .option('-q, --quiet', 'no log and no progress: the answers and the timing')
    .option('-v, --verbose', 'everything that is said, in full')
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

function addLimits(command: Command): void {
  addBudget(command.optionsGroup('Limits:'))
    .option('--max-turns <n>', 'model responses per conversation', wholeNumber('--max-turns'), 25)
    .option('--max-tool-calls <n>', 'tool calls per conversation', wholeNumber('--max-tool-calls', 0), 200)
    .option('--max-handoffs <n>', 'handoffs per conversation', wholeNumber('--max-handoffs', 0), 10)
    .addOption(timeLimit('--conversation-timeout', 'for one conversation', '30m'))
    .addOption(timeLimit('--tool-timeout', 'for one tool call', '120s'))
    .addOption(
      new Option('--max-output <size>', 'of one tool output that the model is shown')
        .argParser(byteSize('--max-output'))
        .default(64 * 1024, '64k'),
    )
    .addOption(timeLimit('--connect-timeout', 'to connect to a model', '10s'))
    .addOption(timeLimit('--first-byte-timeout', 'from request to response', '120s'))
    .addOption(timeLimit('--idle-timeout', 'between two parts of a response', '120s'))
    .option('--max-attempts <n>', 'of one model request', wholeNumber('--max-attempts'), 6)
    .option('--rpm <n>', 'requests to a model per minute', wholeNumber('--rpm'))
    .option('--tpm <n>', 'tokens to and from a model per minute', wholeNumber('--tpm'))
    .option('--no-adaptive', 'as many requests at once as -j allows, whatever the provider says')
    .addOption(timeLimit('--max-retry-wait', 'that a server may ask for', '10m'))
    .addOption(timeLimit('--grace', 'for what runs, after the first Ctrl-C', '10s'));
}

function timeLimit(name: string, description: string, standard: string): Option {
  const parse = duration(name);
  return new Option(`${name} <time>`, description).argParser(parse).default(parse(standard), standard);
}

/** The options that somebody gave, rather than what they are without. */
function givenOptions(command: Command, options: RunOptions): Partial<RunOptions> {
  const given = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) !== 'default');
  return Object.fromEntries(given);
}
