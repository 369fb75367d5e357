import type { StopControl } from '../run/stop-control.ts';
import { endProcess } from './end-process.ts';
import { tell } from './tell.ts';

/** How long the rest may take once everything was aborted: the journal is whole by then whatever comes. */
const LAST_MOMENT_MS = 1800;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Ends the run on a signal: at the first nothing new starts and what runs has `graceMs` to finish, at the second
 * everything is aborted and the process gone within two seconds, at the third it is gone at once.
 */
export function handleSignals(stop: StopControl, graceMs: number): void {
  let received = 0;
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      received += 1;
      if (received === 1) {
        stop.drain({ reason: name, exitCode }, graceMs);
        tell(`\n${name}: nothing new starts; what runs has ${graceMs / 1000} s to finish. Again to stop at once.`);
      } else if (received === 2) {
        stop.abort({ reason: name, exitCode });
        setTimeout(() => endProcess(exitCode), LAST_MOMENT_MS).unref();
      } else endProcess(exitCode);
    });
  }
}
