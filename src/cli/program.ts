import { Command, Option } from 'commander';
import { byteSize, dollars, duration, pattern, wholeNumber } from './option-values.ts';
import type { ResumeOptions } from './resume-command.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';
import type { ToolListOptions } from './tools-command.ts';
import { packageVersion } from './version.ts';

const MAIN_EXAMPLES = `Examples:
  agentpar run prompts.txt                        one conversation per line, 4 at once
  agentpar run prompts.txt -j 16 -m openai/gpt-5.6-luna
  agentpar run prompts.txt --sequential           really run it one at a time first, and compare
  agentpar run tickets.csv --tools tools.ts -o answers.csv
  agentpar doctor                                 what is configured, and does it work?
`;

const RUN_EXAMPLES = `Examples:
  agentpar run prompts.txt                        with the model that your keys allow, or offline
  agentpar run a.txt b.jsonl -j 16                several files, 16 conversations at once
  agentpar run prompts.txt --agent team.ts#triage --tools tools.ts
  agentpar run prompts.txt -m openai-chat/qwen3 --base-url http://localhost:11434/v1
  agentpar run prompts.txt --dry-run              how the file is split, with which agent and model
  agentpar run prompts.txt --json | jq .kind      every event as a line of JSON
  echo "Weather in Oslo?" | agentpar run -
`;

const RESUME_EXAMPLES = `Examples:
  agentpar resume                                 the latest run that is unfinished
  agentpar resume .agentpar/runs/20261120-154832-cities
`;

const RUNS_EXAMPLES = `Examples:
  agentpar runs                                   the latest last
  agentpar runs --json
`;

const SIM_EXAMPLES = `Examples:
  agentpar sim --port 8080                        OpenAI, Chat Completions and Gemini on one port
  agentpar sim --port 8080 ttft=300 tps=60 429=0.1 seed=7
  OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=any agentpar run prompts.txt
`;

const DOCTOR_EXAMPLES = `Examples:
  agentpar doctor                                 the model that a run would use
  agentpar doctor -m gemini/gemini-3.8-flash
`;

const TOOLS_EXAMPLES = `Examples:
  agentpar tools                                  what an agent has by itself
  agentpar tools --builtin all                    what there is
  agentpar tools --agent team.ts --tools tools.ts --policy policy.json
  agentpar tools --mcp servers.json --json | jq .parameters
`;

/** The command line: `setExitCode` is told what the command came to. What a command needs is loaded when it is run. */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('agentpar')
    .description('Runs a file of prompts through agents with tools, in parallel, and shows where the time went.')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeErr: (text) => tell(text.trimEnd()) })
    .showHelpAfterError('Run with --help to see what there is.')
    .addHelpText('beforeAll', ({ command }) => (command.parent ? '' : MAIN_EXAMPLES))
    .helpCommand(false);
  addRun(program, setExitCode);
  addResume(program, setExitCode);
  addRuns(program, setExitCode);
  addSim(program, setExitCode);
  addDoctor(program, setExitCode);
  addTools(program, setExitCode);
  return program;
}

function addRun(program: Command, setExitCode: (code: number) => void): void {
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

/** What `run` and `tools` have in common: who has which tools. */
function addToolOptions(command: Command): void {
  command
    .optionsGroup('Agents and tools:')
    .option('-a, --agent <file.ts#name>', 'the agent to start with')
    .option('-t, --tools <files...>', 'files that export tools, for every agent')
    .option('--builtin <names>', 'built-in tools, for every agent: calculate,http_get,… or all')
    .option('--root <dir>', 'what read_file and list_files may read (default: the current directory)')
    .option('--allow-private', 'let http_get ask this machine and private networks')
    .option('--mcp <files...>', 'MCP servers, as a JSON file with "mcpServers"')
    .option('--policy <policies...>', 'how tools run: a JSON file, or tool.key=value such as get_weather.effect=pure')
    .option('--approve <pattern>', "tools that need a person's yes: a name with *, ask (all unsafe ones) or never")
    .option('--plan', 'let the model write a whole graph of calls at once');
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

/** What all conversations of a run may use up together. */
function addBudget(command: Command): Command {
  return command
    .option('--max-cost <usd>', 'for the whole run, at list price', dollars('--max-cost'))
    .option('--max-tokens <n>', 'in and out, for the whole run', wholeNumber('--max-tokens'))
    .option('--max-time <time>', 'for the whole run', duration('--max-time'));
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

function addResume(program: Command, setExitCode: (code: number) => void): void {
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

function addRuns(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('runs')
    .summary('list runs, and how to go on with those that are unfinished')
    .description('Lists the runs in .agentpar/runs with their state, and how to go on with those that are unfinished.')
    .option('--json', 'a line of JSON per run')
    .addHelpText('before', RUNS_EXAMPLES)
    .action(async (options: { readonly json?: boolean }) => {
      const { listRuns } = await import('./runs-command.ts');
      setExitCode(await listRuns(options));
    });
}

function addSim(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('sim')
    .summary('serve the offline model')
    .description('Serves the offline model over the wire formats of OpenAI and Gemini, until it is stopped.')
    .argument('[settings...]', 'latency and faults as key=value, such as ttft=300 tps=60 429=0.1 seed=7')
    .option('--port <n>', 'the port on 127.0.0.1 (default: any that is free)', wholeNumber('--port', 0))
    .addHelpText('before', SIM_EXAMPLES)
    .action(async (settings: string[], options: { readonly port?: number }) => {
      const { serveSim } = await import('./sim-command.ts');
      setExitCode(await serveSim(settings, options.port));
    });
}

function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .summary('say what is configured and whether it works')
    .description('Says which keys are set, which model a run would use, whether its endpoint answers, and what to do.')
    .addOption(new Option('-m, --model <provider/name>', 'instead of the one your keys choose').env('AGENTPAR_MODEL'))
    .addOption(new Option('--base-url <url>', 'where the model is served').env('AGENTPAR_BASE_URL'))
    .addHelpText('before', DOCTOR_EXAMPLES)
    .action(async (options: { readonly model?: string; readonly baseUrl?: string }) => {
      const { examine } = await import('./doctor-command.ts');
      setExitCode(await examine(options));
    });
}

function addTools(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('tools')
    .summary('list the tools that a run would have')
    .description('Lists the tools that a run with the same options would have, where they come from and how they run.')
    .addHelpText('before', TOOLS_EXAMPLES);
  addToolOptions(command);
  command
    .optionsGroup('Output:')
    .option('--json', 'each tool in full, as a line of JSON')
    .action(async (options: ToolListOptions) => {
      const { listTools } = await import('./tools-command.ts');
      setExitCode(await listTools(options));
    });
}
