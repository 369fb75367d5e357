import { relative } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import type { Emit } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { printAnswers } from '../report/answers.ts';
import { createLog } from '../report/log.ts';
import { createNdjson } from '../report/ndjson.ts';
import type { Progress } from '../report/progress.ts';
import { ResultsFile } from '../report/results.ts';
import { renderSummary } from '../report/summary.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { TimingRecorder } from '../report/timing.ts';
import { EventHub } from '../run/event-hub.ts';
import { Journal } from '../run/journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { RunEnd } from '../run/run-modes.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { Output } from './output.ts';
import type { RunOptions } from './run-options.ts';

/** What listens to a run. */
export interface RunReporters {
  readonly emit: Emit;
  /** Takes the progress line away until the returned function is called. */
  readonly pause: () => () => void;
  /** After the last event: closes the files, shows the answers in prompt order and the timing. */
  conclude(end: RunEnd): Promise<void>;
}

/** Opens everything that a run is reported to: journal first, so that nothing is shown that is not in it. */
export async function openReporters(
  directory: RunDirectory,
  output: Output,
  stop: StopControl,
  options: RunOptions,
): Promise<RunReporters> {
  const theme = createTheme(options.color && showsColor());
  const results = new ResultsFile(directory.results);
  const timing = new TimingRecorder();
  const progress = await chooseProgress(options);
  const shown = options.json
    ? createNdjson(output.write)
    : createLog({
        write: output.write,
        theme,
        width: process.stdout.isTTY ? process.stdout.columns : undefined,
        verbose: options.verbose ?? false,
        quiet: options.quiet ?? false,
      });
  const reporters: Reporter[] = [new Journal(directory.journal), results, timing, shown];
  if (progress) reporters.push(progress);
  const hub = new EventHub(reporters, systemClock, (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    stop.abort({ reason, exitCode: 74 });
  });
  return {
    emit: hub.emit,
    pause: () => progress?.pause() ?? (() => {}),
    conclude: async (end) => {
      progress?.stop();
      await hub.finish();
      if (options.output !== undefined) {
        const { writeAnswers } = await import('../report/write-answers.ts');
        await writeAnswers(options.output, results.rowsInOrder());
      }
      if (options.json) return;
      if (!options.quiet) output.write('\n');
      await printAnswers(results.rowsInOrder(), { write: output.write, theme });
      const journalPath = relative('', directory.journal);
      output.write(`\n${renderSummary(timing.timing(), end, { theme, journalPath })}`);
    },
  };
}

/** The progress line is for a person at a terminal who sees no JSON. */
async function chooseProgress(options: RunOptions): Promise<Progress | undefined> {
  if (!process.stderr.isTTY || process.env['CI'] || options.quiet || options.json) return undefined;
  const { openProgress } = await import('../report/progress.ts');
  return openProgress(process.stderr, systemClock);
}
