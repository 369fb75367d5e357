import type { Clock } from '../contract/clock.ts';
import { isFinished } from '../contract/event.ts';
import { EventHub } from './event-hub.ts';
import { interruptedEnds } from './interrupted-ends.ts';
import { Journal } from './journal.ts';
import { mendJournal, readJournal } from './read-journal.ts';
import type { RunSoFar } from './run-so-far.ts';
import { foldJournal } from './run-so-far.ts';

/**
 * Brings a journal into the state in which a run can be gone on with: a torn last line is cut off, and what a crash left
 * open gets its end. Returns what the run has done; nothing if it had not even begun.
 *
 * @throws {UserError} with exit code 65 if the journal is damaged; then nothing was changed
 */
export async function recoverJournal(
  path: string,
  clock: Clock,
): Promise<{ readonly soFar: RunSoFar; readonly wasTorn: boolean } | undefined> {
  const { wasTorn } = await mendJournal(path);
  const crashed = await foldJournal(readJournal(path));
  if (!crashed) return undefined;
  const ends = [...crashed.conversations.values()]
    .filter(({ status, events }) => events && !isFinished(status))
    .flatMap(({ events = [] }) => interruptedEnds(events, crashed.last.atMs));
  if (ends.length === 0) return { soFar: crashed, wasTorn };
  const frozen: Clock = { ...clock, now: () => 0 };
  const fail = (error: unknown) => {
    throw error;
  };
  const hub = new EventHub([Journal.continue(path, fail)], frozen, fail, crashed.last);
  for (const end of ends) hub.emit(end);
  await hub.finish();
  const soFar = await foldJournal(readJournal(path));
  return soFar ? { soFar, wasTorn } : undefined;
}
