import { rmSync } from 'node:fs';
import type { RunEvent } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import { isVoid } from '../run/run-so-far.ts';

/**
 * Tells reporters the events of an earlier attempt, as far as they still hold: without the ends of what is resumed. So
 * totals are over all attempts, and a prompt has one row.
 *
 * @param reporters those that count conversations, and are told of none whose prompt is gone; and those that time
 *   everything that was done, and are told of each attempt when it began and ended
 */
export async function replayJournal(
  path: string,
  reporters: Readonly<Record<'counting' | 'timing', readonly Reporter[]>>,
  { soFar, gone }: { readonly soFar: RunSoFar; readonly gone: ReadonlySet<string> | undefined },
): Promise<void> {
  const all = [...reporters.counting, ...reporters.timing];
  for await (const event of readJournal(path)) {
    if (event.kind === 'mode_end' || event.kind === 'run_end') continue;
    const isNoEnd = event.kind !== 'conversation_end' || event.parent !== undefined;
    const counts = holds(event) && (isNoEnd || !isVoid(event, soFar, gone));
    for (const reporter of counts ? all : reporters.timing) reporter.handle(event);
  }
}

/** Removes the results of an earlier attempt: they are made again from the journal. */
export function removeResults(path: string): void {
  rmSync(path, { force: true });
}

/** Whether an event of an earlier attempt still holds when the run is resumed. */
export function holds(event: RunEvent): boolean {
  switch (event.kind) {
    case 'run_resume':
    case 'run_end':
    case 'mode_end':
      return false;
    case 'conversation_start':
      return event.resumed === undefined;
    case 'conversation_end':
      return event.parent !== undefined || isFinished(event.status);
    default:
      return true;
  }
}
