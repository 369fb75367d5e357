import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../contract/event.ts';
import { Forecast } from '../report/forecast.ts';
import { RUNS } from '../run/run-directory.ts';
import type { RunOptions } from './run-options.ts';

const LATEST = 20;
/** Of all journals together, the latest first: as much as is read in a fraction of a second. */
const MOST_BYTES = 32 * 2 ** 20;

/** A forecast for a run that is about to start; with `learn` it knows the latest runs already. */
export async function openForecast(
  { learn = false }: Pick<RunOptions, 'learn'>,
  runs: string = RUNS,
): Promise<Forecast> {
  const forecast = new Forecast();
  // The oldest first, so that the latest count most.
  for (const { path, bytes } of learn ? latestJournals(runs).toReversed() : []) {
    const input = createReadStream(path, { end: bytes - 1 });
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) tell(line, forecast);
  }
  return forecast;
}

function latestJournals(runs: string): { readonly path: string; readonly bytes: number }[] {
  const journals = [];
  let room = MOST_BYTES;
  for (const run of existsSync(runs) ? readdirSync(runs).toSorted().slice(-LATEST).toReversed() : []) {
    const path = join(runs, run, 'journal.jsonl');
    const bytes = Math.min(room, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    if (bytes > 0) journals.push({ path, bytes });
    room -= bytes;
  }
  return journals;
}

function tell(line: string, forecast: Forecast): void {
  try {
    forecast.handle(JSON.parse(line) as RunEvent);
  } catch {
    // What is no event, or none of this version, teaches nothing.
  }
}
