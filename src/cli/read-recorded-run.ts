import { UserError } from '../contract/errors.ts';
import type { EventOf, RunEvent } from '../contract/event.ts';
import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { RowRecorder } from '../report/formats/row-recorder.ts';
import { judgeRun } from '../report/judge-run.ts';
import { SpanRecorder } from '../report/spans/span-recorder.ts';
import type { Threshold } from '../report/threshold.ts';
import { parseThreshold } from '../report/threshold.ts';
import { TimingRecorder } from '../report/timing.ts';
import { VerdictRecorder } from '../report/verdicts.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { holds } from './replay-journal.ts';

/**
 * A run from its journal, up to where that is whole. Changes nothing.
 *
 * @throws {UserError} if the run had not begun; with exit code 65 if the journal is damaged
 */
export async function readRecordedRun({ journal, path }: RunDirectory): Promise<RecordedRun> {
  const run = await recordedRun(() => readJournal(journal));
  if (!run) throw new UserError(`Cannot use the run ${path}: it had not begun. See what there is: agentpar runs`);
  return run;
}

/** A run from all its events, over all attempts at it; nothing if there are none. */
export async function recordedRun(events: RecordedRun['events']): Promise<RecordedRun | undefined> {
  const recorder = new SpanRecorder();
  const timing = new TimingRecorder();
  const rows = new RowRecorder();
  const verdicts = new VerdictRecorder({ keepsDurations: true });
  let start: EventOf<'run_start'> | undefined;
  const settle = (event: RunEvent) => {
    timing.handle(event);
    rows.handle(event);
    verdicts.handle(event);
  };
  let passing: RunEvent[] = [];
  for await (const event of events()) {
    recorder.handle(event);
    if (event.kind === 'run_start') start = event;
    // What a resume continues had not really ended: its end is told again later.
    if (event.kind === 'run_resume') {
      passing = [];
      rows.drop(event.changed?.gone ?? []);
    }
    if (event.kind === 'mode_start') for (const each of passing.splice(0)) settle(each);
    if (holds(event)) settle(event);
    else if (event.kind === 'conversation_end' || event.kind === 'mode_end') passing.push(event);
  }
  for (const event of passing) settle(event);
  const spans = recorder.spans();
  if (!spans || !start) return undefined;
  const { prompts: conversations, stopped, ending } = spans;
  const thresholds = ending === 'ended' ? thresholdsIn(start) : [];
  const told = timing.timing();
  const judgement = judgeRun(told, verdicts.verdicts, { thresholds, conversations, stopped });
  return { spans, timing: told, rows: rows.rows(), thresholds: judgement.thresholds, events };
}

/** Those that this program understands. */
function thresholdsIn({ setup }: EventOf<'run_start'>): readonly Threshold[] {
  const { threshold } = setup.options;
  return (Array.isArray(threshold) ? threshold : []).flatMap((text) => {
    const parsed = parseThreshold(String(text));
    return parsed.ok ? [parsed.threshold] : [];
  });
}
