import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../contract/clock.ts';
import { UserError } from '../contract/errors.ts';
import type { Emit } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { printAnswers } from '../report/answers.ts';
import { SplitRecorder } from '../report/explain/split-recorder.ts';
import type { Forecast } from '../report/forecast.ts';
import type { Judgement } from '../report/judge-run.ts';
import { judgeRun } from '../report/judge-run.ts';
import { createLog } from '../report/log.ts';
import type { ModelUses } from '../report/model-use.ts';
import { sumUses } from '../report/model-use.ts';
import type { Progress } from '../report/progress.ts';
import { ResultsFile } from '../report/results-file.ts';
import { renderSummary } from '../report/summary.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { needsDurations } from '../report/threshold.ts';
import type { RunTiming } from '../report/timing.ts';
import { TimingRecorder } from '../report/timing.ts';
import { VerdictRecorder } from '../report/verdicts.ts';
import { EventHub } from '../run/event-hub.ts';
import { Journal } from '../run/journal.ts';
import { Judge } from '../run/judge.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { RunEnd } from '../run/run-modes.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import type { StopControl } from '../run/stop-control.ts';
import { commandToGoOn } from './command-to-go-on.ts';
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
import { tellMissed, thresholdsOf } from './threshold-options.ts';

/** What listens to a run. */
export interface RunReporters {
  readonly emit: Emit;
  /** Keeps the log and the progress line off the terminal until the returned function is called. */
  readonly pause: () => () => void;
  /** What each model's responses took by now, in earlier attempts at the run too. */
  readonly uses: () => ModelUses;
  /** After the last event: closes the files, shows the answers in prompt order, the timing and what was missed. */
  conclude(end: RunEnd, conversations: number): RunConclusion;
}

/** What a run came to. */
interface RunConclusion {
  readonly timing: RunTiming;
  readonly judgement: Judgement;
  /** Settles when all is written. */
  readonly written: Promise<void>;
}

/** What decides who listens, beside the options. */
export interface ListeningContext {
  readonly clock: Clock;
  /** Where the run is shown; without it, it is not. */
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
  stop: StopControl,
  options: RunOptions,
  { clock, output, soFar, gone, forecast, others }: ListeningContext,
): Promise<RunReporters> {
  // Files of agents and tools may have set some.
  keepEnvironmentSecret(process.env);
  if (soFar) removeResults(directory.results);
  const theme = createTheme(options.color && showsColor());
  let failed = false;
  const onFailure = (error: unknown) => {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    // Of one that is gone the last line tells.
    if (!failed && existsSync(directory.journal))
      tell(`Cannot keep what the run does in ${directory.path}: ${reason}. Nothing new is started.`);
    failed = true;
    stop.abort({ reason, exitCode: 74 });
  };
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
  const journalPath = join(directory.shown, basename(directory.journal));
  if (output) output.beforeWrite = () => journal.flush();
  const jsonLines = output && options.json ? new JsonLines(output, journal) : undefined;
  const logLines = output && new LogLines(output, journalPath);
  const cassette = options.record === undefined ? {} : { cassettePath: options.record };
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
      const [times, ends] = [timing.timing(), verdicts.verdicts];
      const judgement = judgeRun(times, ends, { thresholds, conversations, stopped });
      return { timing: times, judgement, written: write(end, times, judgement) };
    },
  };

  async function write(end: RunEnd, times: RunTiming, judgement: Judgement): Promise<void> {
    progress?.stop();
    await hub.finish();
    const unwritten = await writeAnswers();
    if (!existsSync(directory.journal)) {
      throw new UserError(`Cannot keep what the run did: ${journalPath} has been removed.`, { exitCode: 74 });
    }
    await jsonLines?.flush();
    if (output) await show(output, end, times, judgement);
    if (unwritten === undefined) return;
    await output?.drain();
    throw unwritten;
  }

  /** What kept the answers from their file; they can be written once that is mended. */
  async function writeAnswers(): Promise<unknown> {
    if (options.output === undefined) return undefined;
    const answers = await import('../report/write-answers.ts');
    return answers.writeAnswers(options.output, results.rowsInOrder()).catch((cause: unknown) => {
      if (!(cause instanceof UserError)) return cause;
      const { message, exitCode } = cause;
      const command = commandToGoOn(directory);
      return new UserError(`${message} Everything is kept; have them written by ${command}`, { exitCode, cause });
    });
  }

  async function show(output: Output, end: RunEnd, times: RunTiming, judgement: Judgement): Promise<void> {
    if (options.json) return tellMissed(judgement);
    logLines?.finish();
    if (!options.quiet) output.write('\n');
    await printAnswers(results.rowsInOrder(), { write: output.write, theme });
    const shownEnd = { theme, journalPath, judgement, explanation: split.explanation(), ...cassette };
    output.write(`\n${renderSummary(times, secrets.event(end), shownEnd)}`);
    await pictures.show(output.write);
  }
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

/** Of a terminal; some do not know theirs and say 0. */
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
