import type { Emit } from '../contract/event.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { RunOptions } from './run-options.ts';
import { handleSignals } from './signals.ts';
import { handleStrayErrors } from './stray-errors.ts';

/**
 * Has what happens to the process happen to what it runs: signals, and errors that nobody caught. Code of users may keep
 * the process from hearing of signals; if there is any, where only the last resort is left that is told, with `wayOut`.
 */
export async function attendToProcess(
  emit: Emit,
  stop: StopControl,
  { grace, tools, agent }: Pick<RunOptions, 'grace' | 'tools' | 'agent'>,
  wayOut: string,
): Promise<Disposable | undefined> {
  handleSignals(stop, grace);
  handleStrayErrors(emit, stop, grace);
  if (tools === undefined && agent === undefined) return undefined;
  const { lastResort } = await import('./last-resort.ts');
  return lastResort(`Ended without having heard the signals: something let nothing else happen. ${wayOut}`);
}
