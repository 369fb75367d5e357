import { Command, Option } from 'commander';
import { addBench } from './add-bench-command.ts';
import { addResume } from './add-resume-command.ts';
import { addRun } from './add-run-command.ts';
import { addWhatif } from './add-whatif-command.ts';
import type { DiffOptions } from './diff-command.ts';
import type { ExplainOptions } from './explain-command.ts';
import {
  DIFF_EXAMPLES,
  DOCTOR_EXAMPLES,
  EXPLAIN_EXAMPLES,
  MAIN_EXAMPLES,
  REPORT_EXAMPLES,
  RUNS_EXAMPLES,
  SIM_EXAMPLES,
  TOOLS_EXAMPLES,
} from './help-examples.ts';
import { otlpEndpoint, wholeNumber } from './option-values.ts';
import type { ReportOptions } from './report-command.ts';
import { REPORT_FORMATS } from './report-formats.ts';
import { addToolOptions } from './shared-options.ts';
import { tell } from './tell.ts';
import type { ToolListOptions } from './tools-command.ts';
import { packageVersion } from './version.ts';

/**
 * The command line: `setExitCode` is told what the command came to, and `showHelp` what was asked for instead of one. What
 * a command needs is loaded when it is run.
 *
 * @param asked the first word of the command line: of what it asks for, no more than it needs is made
 */
export function createProgram(
  setExitCode: (code: number) => void,
  showHelp: (text: string) => void,
  asked?: string,
): Command {
  const program = new Command('agentpar')
    .description('Runs a file of prompts through agents with tools, in parallel, and shows where the time went.')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: showHelp, writeErr: (text) => tell(text.trimEnd()) })
    .showHelpAfterError('Run with --help to see what there is.')
    .addHelpText('beforeAll', ({ command }) => (command.parent ? '' : MAIN_EXAMPLES))
    .helpCommand(false);
  for (const add of commandsFor(asked)) add(program, setExitCode);
  return program;
}

type AddCommand = (program: Command, setExitCode: (code: number) => void) => void;

const COMMANDS: ReadonlyMap<string, AddCommand> = new Map([
  ['run', addRun],
  ['bench', addBench],
  ['resume', addResume],
  ['runs', addRuns],
  ['explain', addExplain],
  ['report', addReport],
  ['whatif', addWhatif],
  ['diff', addDiff],
  ['sim', addSim],
  ['doctor', addDoctor],
  ['tools', addTools],
]);

/** All that there are, unless one is asked for: to describe all options of all takes a while. */
function commandsFor(asked: string | undefined): Iterable<AddCommand> {
  if (asked === '--version' || asked === '-V') return [];
  const add = COMMANDS.get(asked ?? '');
  return add ? [add] : COMMANDS.values();
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

function addExplain(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('explain')
    .summary('say where the time of a run went, and what would make it faster')
    .description(
      'Says where the time of a run went: into models, tools, waiting for what, and our own overhead; what chain of steps ' +
        'made its time, what stood in the way of less, and why slots did no work. Reads its journal and asks nobody.',
    )
    .argument('[run]', "the run's directory or its name (default: the latest)")
    .addHelpText('before', EXPLAIN_EXAMPLES)
    .option('--json', 'everything as one JSON object')
    .option('-v, --verbose', 'every conversation and every step, however many there are')
    .option('--timeline', 'also the conversations over time, as wide as the terminal')
    .option('--no-color', 'no colours')
    .action(async (run: string | undefined, options: ExplainOptions) => {
      const { explain } = await import('./explain-command.ts');
      setExitCode(await explain(run, options));
    });
}

function addReport(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('report')
    .summary('make a report of a run')
    .description('Makes a report of a run, from its journal, as a file or on standard output. Asks no model.')
    .argument('[run]', "the run's directory or its name (default: the latest)")
    .addHelpText('before', REPORT_EXAMPLES)
    .addOption(
      new Option('-f, --format <format>', 'instead of what the extension of -o says').choices(
        Object.keys(REPORT_FORMATS),
      ),
    )
    .option('-o, --output <file>', 'write it there instead of to standard output')
    .option('--otlp <url>', 'send spans there by OTLP over HTTP, such as http://localhost:4318', otlpEndpoint)
    .option('--otlp-content', 'spans with prompts, answers, arguments and results in them')
    .action(async (run: string | undefined, options: ReportOptions) => {
      const { report } = await import('./report-command.ts');
      setExitCode(await report(run, options));
    });
}

function addDiff(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('diff')
    .summary('compare two runs')
    .description(
      'Compares two runs: their times and where these went, models, tools, tokens, cost, and the conversations that ' +
        'changed most. Reads their journals and asks nobody.',
    )
    .argument('<a>', "a run's directory or its name")
    .argument('<b>', 'the run to compare with it')
    .addHelpText('before', DIFF_EXAMPLES)
    .option('-o, --output <file>', 'also write a page with both')
    .option('--json', 'everything as one JSON object')
    .option('--no-color', 'no colours')
    .action(async (a: string, b: string, options: DiffOptions) => {
      const { diff } = await import('./diff-command.ts');
      setExitCode(await diff([a, b], options));
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
