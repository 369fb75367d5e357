import { existsSync } from 'node:fs';
import type { Clock } from '../contract/clock.ts';
import { messageOf } from '../contract/errors.ts';
import type { Emit } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { SplitRecorder } from '../report/explain/split-recorder.ts';
import type { Forecast } from '../report/forecast.ts';
import { judgeRun } from '../report/judge-run.ts';
import { createLog } from '../report/log.ts';
import type { ModelUses } from '../report/model-use.ts';
import { sumUses } from '../report/model-use.ts';
import type { Progress } from '../report/progress.ts';
import { ResultsFile } from '../report/results-file.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { needsDurations } from '../report/threshold.ts';
import { TimingRecorder } from '../report/timing.ts';
import { VerdictRecorder } from '../report/verdicts.ts';
import { EventHub } from '../run/event-hub.ts';
import { Journal } from '../run/journal.ts';
import { Judge } from '../run/judge.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { RunEnd } from '../run/run-modes.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { EndedRun } from './conclude-run.ts';
import { concludeRun } from './conclude-run.ts';
import { NOT_AS_EXPECTED } from './exit-code.ts';
import { JsonLines } from './json-lines.ts';
import { LogLines } from './log-lines.ts';
import type { Output } from './output.ts';
import { removeResults, replayJournal } from './replay-journal.ts';
import type { RunOptions } from './run-options.ts';
import { openPictures } from './run-pictures.ts';
import { keepEnvironmentSecret, secrets } from './secrets.ts';
import { stderr, stdout } from './standard-streams.ts';
import { tell } from './tell.ts';
import { thresholdsOf } from './threshold-options.ts';

/** What listens to a run. */
export interface RunReporters {
  readonly emit: Emit;
  /** Keeps the log and the progress line off the terminal until the returned function is called. */
  readonly pause: () => () => void;
  /** What each model's responses took by now, in earlier attempts at the run too. */
  readonly uses: () => ModelUses;
  /** After the last event: what the run came to, and the writing of it, which settles when all is written. */
  conclude(end: RunEnd, conversations: number): EndedRun & { readonly written: Promise<void> };
}

/** What decides who listens, beside the options. */
export interface ListeningContext {
  readonly clock: Clock;
  readonly stop: StopControl;
  /** Where the run is shown, if it is. */
  readonly output: Output | undefined;
  readonly soFar: RunSoFar | undefined;
  /** Estimates what is left of the run where that is shown. */
  readonly forecast: Forecast;
  /** The ids of prompts that were begun and are no longer there: their ends hold no longer. */
  readonly gone: ReadonlySet<string> | undefined;
  /** Who else listens. */
  readonly others: readonly Reporter[];
}

/** Opens everything that a run is reported to: journal first, so that nothing is shown that is not in it. */
export async function openReporters(
  directory: RunDirectory,
  options: RunOptions,
  { clock, stop, output, soFar, gone, forecast, others }: ListeningContext,
): Promise<RunReporters> {
  // Files of agents and tools may have set some.
  keepEnvironmentSecret(process.env);
  if (soFar) removeResults(directory.results);
  const onFailure = stoppingOnFailure(directory, stop);
  const journal = soFar ? Journal.continue(directory.journal, onFailure) : Journal.create(directory.journal, onFailure);
  const keep = () => {
    journal.flush();
    return !journal.isBroken;
  };
  const results = new ResultsFile(directory.results, { isOrdered: options.ordered ?? false, keep, onFailure });
  const timing = new TimingRecorder();
  const split = new SplitRecorder();
  const thresholds = thresholdsOf(options);
  const judge = new Judge();
  const verdicts = new VerdictRecorder({ keepsDurations: thresholds.some(needsDurations) });
  const pictures = await openPictures(options, directory, {
    clock,
    isShown: output !== undefined,
    isResumed: soFar !== undefined,
  });
  const progress = output && (await chooseProgress(options, clock, forecast));
  if (output) output.beforeWrite = () => journal.flush();
  const jsonLines = output && options.json ? new JsonLines(output, journal) : undefined;
  const logLines = output && new LogLines(output, directory.shownJournal);
  const theme = createTheme(options.color && showsColor());
  const shown =
    jsonLines ??
    createLog({
      write: (text) => logLines?.write(text),
      theme,
      width: columnsOf(stdout),
      verbose: options.verbose ?? false,
      quiet: !output || (options.quiet ?? false),
    });
  if (soFar) {
    const counting = [judge, results, timing, verdicts, ...(progress ? [progress] : [])];
    await replayJournal(directory.journal, { counting, timing: [split] }, { soFar, gone });
    if (!options.json) shown.handle(soFar.start);
  }
  const reporters = [journal, kept(results, journal), timing, split, verdicts, kept(shown, journal), ...others];
  if (progress) reporters.push(progress);
  reporters.push(...pictures.reporters);
  const hub = new EventHub(reporters, clock, onFailure, soFar?.last);
  const writers = { directory, options, output, theme, hub, results, split, pictures, progress, jsonLines, logLines };
  return {
    // The one place that all events come through on their way to where they are written.
    emit: (event) => {
      const judged = judge.judge(event);
      hub.emit(secrets.event(judged));
      const isMissed = judged.kind === 'conversation_end' && judged.missed?.some(({ what }) => what !== 'status');
      if (options.failFast && isMissed) stop.abort({ reason: 'fail-fast', exitCode: NOT_AS_EXPECTED });
    },
    pause: () => {
      const showProgress = progress?.pause();
      const goOn = stdout.isTTY ? logLines?.hold() : undefined;
      return () => {
        goOn?.();
        showProgress?.();
      };
    },
    uses: () => sumUses(timing.timing().modes.map(({ models }) => models)),
    conclude: (end, conversations) => {
      const { stopped } = end;
      const times = timing.timing();
      const judgement = judgeRun(times, verdicts.verdicts, { thresholds, conversations, stopped });
      const ended = { end, timing: times, judgement };
      return { ...ended, written: concludeRun(ended, writers) };
    },
  };
}

/** What to do when the run cannot be kept: tell so once, and end everything. */
function stoppingOnFailure(directory: RunDirectory, stop: StopControl): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    const reason = messageOf(error).replace(/\.$/, '');
    // If the directory is gone, the last line of output says so.
    if (!isTold && existsSync(directory.journal)) {
      tell(`Cannot keep what the run does in ${directory.path}: ${reason}. Nothing new is started.`);
    }
    isTold = true;
    stop.abort({ reason, exitCode: 74 });
  };
}

/** Tells it only of what is in the journal. */
function kept(reporter: Reporter, journal: Journal): Reporter {
  return {
    handle: (event) => {
      if (!journal.isBroken) reporter.handle(event);
    },
    finish: () => reporter.finish?.(),
  };
}

/** The width of a terminal; some do not know theirs and say 0. */
function columnsOf(stream: NodeJS.WriteStream): number | undefined {
  return (stream.isTTY && stream.columns) || undefined;
}

/**
 * The progress line is for a person at a terminal who sees no JSON. Where the log is shown there too, it goes the same
 * way as the log, so that neither overtakes the other.
 */
async function chooseProgress(options: RunOptions, clock: Clock, forecast: Forecast): Promise<Progress | undefined> {
  if (!columnsOf(stderr) || process.env['CI'] || options.quiet || options.json) return undefined;
  const { openProgress } = await import('../report/progress.ts');
  return openProgress(columnsOf(stdout) ? stdout : stderr, clock, { forecast });
}
