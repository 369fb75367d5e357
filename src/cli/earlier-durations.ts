import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../contract/event.ts';
import { RUNS } from '../run/run-directory.ts';

const LATEST = 20;

/** How long each tool took on average in the latest runs' journals: milliseconds by name. Lines that are none are left out. */
export async function earlierDurations(): Promise<ReadonlyMap<string, number>> {
  if (!existsSync(RUNS)) return new Map();
  const sums = new Map<string, { calls: number; ms: number }>();
  for (const run of readdirSync(RUNS).toSorted().slice(-LATEST)) {
    const journal = join(RUNS, run, 'journal.jsonl');
    if (existsSync(journal)) await addJournal(journal, sums);
  }
  return new Map([...sums].map(([tool, { calls, ms }]) => [tool, ms / calls]));
}

async function addJournal(path: string, sums: Map<string, { calls: number; ms: number }>): Promise<void> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!line.includes('"kind":"tool_end"')) continue;
    const event = parsed(line);
    if (event?.kind !== 'tool_end' || event.outcome.kind !== 'ok' || event.shared) continue;
    const sum = sums.get(event.name) ?? { calls: 0, ms: 0 };
    sums.set(event.name, { calls: sum.calls + 1, ms: sum.ms + event.tookMs });
  }
}

function parsed(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}
