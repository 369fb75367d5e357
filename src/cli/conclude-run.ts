import { existsSync } from 'node:fs';
import { UserError } from '../contract/errors.ts';
import { printAnswers } from '../report/answers.ts';
import type { SplitRecorder } from '../report/explain/split-recorder.ts';
import type { Judgement } from '../report/judge-run.ts';
import type { Progress } from '../report/progress.ts';
import type { ResultsFile } from '../report/results-file.ts';
import { renderSummary } from '../report/summary.ts';
import type { Theme } from '../report/theme.ts';
import type { RunTiming } from '../report/timing.ts';
import type { EventHub } from '../run/event-hub.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { RunEnd } from '../run/run-modes.ts';
import { commandToGoOn } from './command-to-go-on.ts';
import type { JsonLines } from './json-lines.ts';
import type { LogLines } from './log-lines.ts';
import type { Output } from './output.ts';
import type { RunOptions } from './run-options.ts';
import type { RunPictures } from './run-pictures.ts';
import { secrets } from './secrets.ts';
import { tellMissed } from './threshold-options.ts';

/** How a run ended, how long it took and whether it came to what it should. */
export interface EndedRun {
  readonly end: RunEnd;
  readonly timing: RunTiming;
  readonly judgement: Judgement;
}

/** What a run was kept in and shown with. */
export interface RunWriters {
  readonly directory: RunDirectory;
  readonly options: RunOptions;
  /** Without it, nothing is shown. */
  readonly output: Output | undefined;
  readonly theme: Theme;
  readonly hub: EventHub;
  readonly results: ResultsFile;
  readonly split: SplitRecorder;
  readonly pictures: RunPictures;
  readonly progress: Progress | undefined;
  readonly jsonLines: JsonLines | undefined;
  readonly logLines: LogLines | undefined;
}

/**
 * After the last event: closes the files, writes the answers where they are wanted, and shows them, the timing and what
 * was missed.
 *
 * @throws {UserError} if something could not be kept or written
 */
export async function concludeRun(ended: EndedRun, writers: RunWriters): Promise<void> {
  const { directory, output, progress, hub, jsonLines } = writers;
  progress?.stop();
  await hub.finish();
  const unwritten = await writeAnswers(writers);
  if (!existsSync(directory.journal)) {
    throw new UserError(`Cannot keep what the run did: ${directory.shownJournal} has been removed.`, { exitCode: 74 });
  }
  await jsonLines?.flush();
  if (output) await show(output, ended, writers);
  if (unwritten === undefined) return;
  await output?.drain();
  throw unwritten;
}

/** What kept the answers from their file; they can be written once that is mended. */
async function writeAnswers({ options, results, directory }: RunWriters): Promise<unknown> {
  if (options.output === undefined) return undefined;
  const answers = await import('../report/write-answers.ts');
  return answers.writeAnswers(options.output, results.rowsInOrder()).catch((cause: unknown) => {
    if (!(cause instanceof UserError)) return cause;
    const { message, exitCode } = cause;
    const command = commandToGoOn(directory);
    return new UserError(`${message} Everything is kept; have them written by ${command}`, { exitCode, cause });
  });
}

async function show(
  output: Output,
  { end, timing, judgement }: EndedRun,
  { options, directory, theme, results, split, pictures, logLines }: RunWriters,
): Promise<void> {
  if (options.json) return tellMissed(judgement);
  logLines?.finish();
  if (!options.quiet) output.write('\n');
  await printAnswers(results.rowsInOrder(), { write: output.write, theme });
  const summary = renderSummary(timing, secrets.event(end), {
    theme,
    journalPath: directory.shownJournal,
    judgement,
    explanation: split.explanation(),
    ...(options.record === undefined ? {} : { cassettePath: options.record }),
  });
  output.write(`\n${summary}`);
  await pictures.show(output.write);
}
