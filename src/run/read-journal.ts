import { truncateSync } from 'node:fs';
import { messageOf, UserError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import { EVENT_FORMAT } from '../contract/event.ts';
import { eventFlaw } from './event-flaw.ts';
import type { Line } from './read-lines.ts';
import { readLines } from './read-lines.ts';

/** How far a stamp may go back where a run was resumed: from there on, time is counted from another moment. */
const ROUNDED_MS = 0.001;

/**
 * The events of a journal, one after the other. A last line that was torn off by a crash is left out and `onTorn` is told
 * where it begins.
 *
 * @throws {UserError} with exit code 65 for damage anywhere else, a gap in `seq`, time that goes back, or a newer format; it names the line
 *   and the byte, and nothing is changed; with 74 if it cannot be read
 */
export async function* readJournal(
  path: string,
  onTorn: (byteOffset: number) => void = () => {},
): AsyncGenerator<RunEvent, void, void> {
  let line = 0;
  let last = { seq: 0, atMs: Number.NEGATIVE_INFINITY };
  for await (const { text, offset, isWhole } of linesOf(path)) {
    line += 1;
    const { event, flaw } = parsed(text);
    if (!event && !isWhole) return onTorn(offset);
    const place = `line ${line}, byte ${offset}`;
    if (!event) throw damaged(path, place, flaw);
    if (event.seq !== last.seq + 1) throw damaged(path, place, `event ${event.seq} comes after ${last.seq}`);
    if (event.atMs < last.atMs - ROUNDED_MS) throw damaged(path, place, 'its time is before that of the event before');
    if (line === 1) checkFormat(path, event);
    if (!isWhole) return onTorn(offset);
    last = event;
    yield event;
  }
}

/** Cuts off what a crash left of a last line, so that the journal can be appended to. Returns how many events are whole. */
export async function mendJournal(path: string): Promise<{ readonly events: number; readonly wasTorn: boolean }> {
  let torn: number | undefined;
  let events = 0;
  for await (const _ of readJournal(path, (offset) => {
    torn = offset;
  })) {
    events += 1;
  }
  if (torn !== undefined) truncateSync(path, torn);
  return { events, wasTorn: torn !== undefined };
}

async function* linesOf(path: string): AsyncGenerator<Line, void, void> {
  try {
    yield* readLines(path);
  } catch (cause) {
    const why = messageOf(cause);
    throw new UserError(`Cannot read ${path}: ${why}.`, { exitCode: 74, cause });
  }
}

type Parsed = { readonly event: RunEvent; readonly flaw?: never } | { readonly event?: never; readonly flaw: string };

function parsed(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    const flaw = isOfNewerFormat(value) ? undefined : eventFlaw(value);
    return flaw === undefined ? { event: value as RunEvent } : { flaw };
  } catch {
    return { flaw: 'it is no event' };
  }
}

/** Checked first: what seems wrong with an event may be right in a newer format. */
function isOfNewerFormat(value: unknown): boolean {
  const { kind, format, seq } = (value ?? {}) as Partial<Record<string, unknown>>;
  return kind === 'run_start' && typeof format === 'number' && format > EVENT_FORMAT && typeof seq === 'number';
}

function checkFormat(path: string, event: RunEvent): void {
  if (event.kind !== 'run_start') throw damaged(path, 'line 1, byte 0', 'it does not begin with the start of a run');
  if (event.format > EVENT_FORMAT) {
    throw new UserError(
      `Cannot read ${path}: it is in format ${event.format}, and this version knows ${EVENT_FORMAT}. Use a newer agentpar.`,
      { exitCode: 65 },
    );
  }
}

function damaged(path: string, place: string, what: string): UserError {
  return new UserError(
    `Cannot read ${path}: it is damaged at ${place}: ${what}. Nothing was changed; start the run anew, or mend the line.`,
    { exitCode: 65 },
  );
}
