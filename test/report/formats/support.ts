import { recordedRun } from '../../../src/cli/read-recorded-run.ts';
import type { RunEvent } from '../../../src/contract/event.ts';
import type { RecordedRun, ReportFormat } from '../../../src/report/formats/recorded-run.ts';

/** A run that was told, as reports are made from. */
export async function recorded(events: readonly RunEvent[]): Promise<RecordedRun> {
  const run = await recordedRun(async function* () {
    yield* events;
  });
  if (!run) throw new Error('nothing was told');
  return run;
}

/** The whole text of a report. */
export async function written(format: ReportFormat, events: readonly RunEvent[]): Promise<string> {
  let text = '';
  for await (const part of format(await recorded(events), {})) text += part;
  return text;
}
