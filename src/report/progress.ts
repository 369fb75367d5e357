import type { Clock } from '../contract/clock.ts';
import type { Reporter } from '../contract/reporter.ts';
import { shorten } from './show-text.ts';
import { Tally } from './tally.ts';

/** The line at the bottom of the terminal. */
export interface Progress extends Reporter {
  /** Takes the line away for good. */
  stop(): void;
  /** Takes the line away until the returned function is called. */
  pause(): () => void;
}

/** Room for the spinner and the terminal's last column. */
const MARGIN_COLUMNS = 4;

/**
 * Opens a line at the bottom of a terminal that says how the run stands, redrawn by its own timer and under each line
 * of the log. It stops and gives the cursor back at the run's end or when told to; the process does not end before.
 *
 * @param heading what the line starts with
 */
export async function openProgress(stream: NodeJS.WriteStream, clock: Clock, heading = ''): Promise<Progress> {
  const { default: ora } = await import('ora');
  const tally = new Tally();
  const startedAt = clock.now();
  const spinner = ora({
    stream,
    isEnabled: true,
    // It would put the terminal in raw mode, in which Ctrl-C is no signal.
    discardStdin: false,
    prefixText: '',
    // A function is asked at each redraw, so events only count.
    suffixText: () => {
      const text = tally.text(clock.now() - startedAt);
      return shorten(heading === '' ? text : `${heading}   ${text}`, (stream.columns ?? 80) - MARGIN_COLUMNS);
    },
  });
  spinner.start();
  let stopped = false;
  const stop = () => {
    stopped = true;
    if (spinner.isSpinning) spinner.stop();
  };
  return {
    handle: (event) => {
      tally.count(event);
      if (event.kind === 'run_end') stop();
    },
    finish: stop,
    stop,
    pause: () => {
      if (!spinner.isSpinning) return () => {};
      spinner.stop();
      return () => {
        if (!stopped) spinner.start();
      };
    },
  };
}
