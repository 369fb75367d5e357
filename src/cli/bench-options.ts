import type { Setting } from '../bench/setting.ts';
import type { Mode } from '../contract/event.ts';
import type { RunOptions } from './run-options.ts';

/** The options of a run that are its setting, or that a benchmark has in another form or not at all. */
type Own = 'concurrency' | 'toolConcurrency' | 'sequential' | 'retryFailed' | 'output' | 'verbose';

/** The options of `agentpar bench`, as the command line gives them. */
export interface BenchOptions extends Omit<RunOptions, Own> {
  readonly modes: readonly Mode[];
  readonly concurrency: readonly number[];
  readonly toolConcurrency?: readonly number[];
  readonly runs: number;
  readonly warmup: number;
  readonly salt: boolean;
  readonly exportJson?: string;
  readonly exportCsv?: string;
  readonly exportMarkdown?: string;
}

/** The options of one run of a benchmark: such as `agentpar run` would be given for it. */
export function runOptionsFor(setting: Setting, directory: string, options: BenchOptions): RunOptions {
  const { concurrency, toolConcurrency } = setting;
  const shared = Object.fromEntries(Object.entries(options).filter(([name]) => !OWN.has(name)));
  return {
    ...(shared as Omit<RunOptions, Own>),
    out: directory,
    concurrency,
    ...(toolConcurrency === undefined ? {} : { toolConcurrency }),
  };
}

/** Options of the benchmark itself, which its runs are not given. */
const OWN: ReadonlySet<string> = new Set<keyof BenchOptions>([
  'modes',
  'concurrency',
  'toolConcurrency',
  'runs',
  'warmup',
  'record',
  'salt',
  'exportJson',
  'exportCsv',
  'exportMarkdown',
  'json',
  'quiet',
  'threshold',
]);
