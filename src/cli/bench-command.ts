import { join } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import type { BenchReport } from '../bench/bench-report.ts';
import { reportOn } from '../bench/bench-report.ts';
import { benchCsv, benchJson, benchMarkdown } from '../bench/exports.ts';
import { renderBench } from '../bench/render-bench.ts';
import type { Setting } from '../bench/setting.ts';
import { settingsOf } from '../bench/setting.ts';
import { takeTurns } from '../bench/turns.ts';
import { messageOf, UserError } from '../contract/errors.ts';
import type { PromptFile } from '../input/prompt-file.ts';
import { checkWritable } from '../report/check-writable.ts';
import { showCount, showCounted } from '../report/show-number.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { writeWholeFile } from '../report/write-whole-file.ts';
import { planBenchDirectory } from '../run/run-directory.ts';
import { StopControl } from '../run/stop-control.ts';
import type { BenchOptions } from './bench-options.ts';
import { runOptionsFor } from './bench-options.ts';
import { BenchRuns } from './bench-runs.ts';
import { heldTo } from './exit-code.ts';
import { print } from './output.ts';
import { executeFiles } from './prepare-run.ts';
import { findPromptFiles, splitByCode } from './prompt-files.ts';
import { secrets } from './secrets.ts';
import { stdout } from './standard-streams.ts';
import { tell } from './tell.ts';
import { thresholdsOf } from './threshold-options.ts';
import { packageVersion } from './version.ts';
import { withholdCommands } from './withhold-commands.ts';

/**
 * `agentpar bench`: runs every setting several times, by turns, and says how they compare. Returns the exit code.
 *
 * @throws {UserError} before the first request, if something is wrong that a person can mend
 */
export async function runBench(names: readonly string[], given: BenchOptions): Promise<number> {
  const split = splitByCode(given.tools ?? []);
  const options = given.tools ? { ...given, tools: split.code } : given;
  const settings = settingsOf({ ...options, toolConcurrency: options.toolConcurrency });
  for (const { path } of exportsOf(options)) await checkWritable(path, 'the benchmark');
  using promptFiles = await findPromptFiles([...names, ...split.prompts], options.format);
  const { files } = promptFiles;
  if (options.dryRun) return await dryRun(files, settings, options);

  const stop = new StopControl(systemClock);
  const startedAt = systemClock.date();
  const directory = planBenchDirectory(options.out, files[0]?.name ?? 'bench', startedAt);
  using runs = new BenchRuns(files, settings, { directory, startedAt, stop, options });
  const allowCommands = withholdCommands(process.env);
  try {
    await runs.take(takeTurns(settings.length, { ...options, isRecorded: options.record !== undefined }));
  } finally {
    allowCommands();
  }

  const { samples, begun } = runs;
  if (!begun) return runs.exitCode;
  const about = {
    version: packageVersion(),
    startedAt: startedAt.toISOString(),
    files: files.map(({ name }) => name),
    conversations: begun.conversations,
    model: begun.model,
    directory: directory.path,
    runs: options.runs,
    warmup: options.warmup,
    salted: runs.isSalted,
    ...(begun.replay ? { replay: begun.replay } : {}),
    ...(options.record === undefined ? {} : { recordedOn: options.record }),
    ...(runs.stopped === undefined ? {} : { stopped: runs.stopped }),
  };
  const report = reportOn(settings, samples, about, thresholdsOf(options));
  await writeExports(report, directory.path, options);
  const theme = createTheme(options.color && showsColor());
  const printed = await print(stdout, (write) => write(options.json ? benchJson(report) : renderBench(report, theme)));
  await tellElsewhere(report);
  return printed || (runs.stopped === undefined ? heldTo(report.thresholds, runs.exitCode) : runs.exitCode);
}

/** As a step of a GitHub workflow. If that fails, a person is told, and nothing else fails. */
async function tellElsewhere(report: BenchReport): Promise<void> {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  try {
    const { tellGithubOfBench } = await import('./github-actions.ts');
    await tellGithubOfBench(report, process.env);
  } catch (error) {
    tell(`Cannot tell of the benchmark elsewhere: ${messageOf(error)}`);
  }
}

type Export = { readonly path: string; readonly make: (report: BenchReport) => string };

function exportsOf({ exportJson, exportCsv, exportMarkdown }: BenchOptions): readonly Export[] {
  return [
    ...(exportJson === undefined ? [] : [{ path: exportJson, make: benchJson }]),
    ...(exportCsv === undefined ? [] : [{ path: exportCsv, make: benchCsv }]),
    ...(exportMarkdown === undefined ? [] : [{ path: exportMarkdown, make: benchMarkdown }]),
  ];
}

/** What was measured is kept with the runs too, whether or not it was asked for. */
async function writeExports(report: BenchReport, directory: string, options: BenchOptions): Promise<void> {
  const kept: Export = { path: join(directory, 'bench.json'), make: benchJson };
  for (const { path, make } of [kept, ...exportsOf(options)]) {
    await writeWholeFile(path, [secrets.text(make(report))]);
  }
}

async function dryRun(
  files: readonly PromptFile[],
  settings: readonly Setting[],
  options: BenchOptions,
): Promise<number> {
  const [first] = settings;
  if (!first) throw new UserError('Cannot run a benchmark: there is no setting.');
  const { exitCode } = await executeFiles(files, runOptionsFor(first, '', options), {});
  const { runs, warmup, record } = options;
  const warming = record === undefined ? warmup : Math.max(1, warmup);
  const all = showCounted(settings.length * runs + warming, 'run');
  const each = `${showCount(runs)} of each of ${showCounted(settings.length, 'setting')}`;
  const kept = record === undefined ? '' : ', the first of which is recorded';
  return (
    exitCode ||
    (await print(stdout, (write) => write(`${all}: ${each}, and ${showCount(warming)} to warm up${kept}\n`)))
  );
}
