import type { Emit } from '../contract/event.ts';
import type { StopControl } from '../run/stop-control.ts';
import { currentOwner } from '../tools/attribution.ts';

const BUG = 70;

/**
 * Keeps errors that nobody caught from ending the process: one that a tool left behind is told as a notice of its
 * conversation; one that cannot be attributed stops the run in order.
 */
export function handleStrayErrors(emit: Emit, stop: StopControl, graceMs: number): void {
  const tell = (error: unknown) => {
    const what = describe(error);
    const owner = currentOwner();
    if (owner) {
      const { conversation } = owner;
      const message = `a tool left an error behind that nothing caught: ${firstLine(what)}`;
      return emit({ kind: 'notice', conversation, message });
    }
    emit({ kind: 'notice', message: `an error that nothing caught ends the run: ${what}` });
    stop.drain({ reason: firstLine(what), exitCode: BUG }, graceMs);
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
}

/** Nothing that a tool throws may throw again while it is told. */
function describe(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error);
  } catch {
    return 'something that cannot be shown';
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
