import type { Clock } from '../contract/clock.ts';
import type { Reporter } from '../contract/reporter.ts';
import { Forecast } from './forecast.ts';
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

/** How often what is left is estimated: a line may be drawn more often, under each line of a busy log. */
const ESTIMATE_EVERY_MS = 500;

/**
 * Opens a line at the bottom of a terminal that says how the run stands, redrawn by its own timer and under each line
 * of the log. It stops and gives the cursor back at the run's end or when told to; the process does not end before.
 *
 * @param heading what the line starts with
 * @param forecast estimates what is left; may have been told of earlier runs
 */
export async function openProgress(
  stream: NodeJS.WriteStream,
  clock: Clock,
  { heading = '', forecast = new Forecast() }: { readonly heading?: string; readonly forecast?: Forecast } = {},
): Promise<Progress> {
  const { default: ora } = await import('ora');
  const tally = new Tally();
  const startedAt = clock.now();
  const estimate = { leftMs: undefined as number | undefined, at: Number.NEGATIVE_INFINITY };
  /** When the run started, by the clock: later than it did if it goes on with what was begun before. */
  let zeroAt = startedAt;
  const leftMs = () => {
    const now = clock.now();
    if (now - estimate.at >= ESTIMATE_EVERY_MS)
      Object.assign(estimate, { leftMs: forecast.leftMs(now - zeroAt), at: now });
    return estimate.leftMs;
  };
  const spinner = ora({
    stream,
    isEnabled: true,
    // It would put the terminal in raw mode, in which Ctrl-C is no signal.
    discardStdin: false,
    prefixText: '',
    // A function is asked at each redraw, so events only count.
    suffixText: () => {
      const text = tally.text(clock.now() - startedAt, leftMs());
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
      zeroAt = clock.now() - event.atMs;
      tally.count(event);
      forecast.handle(event);
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
