import { UserError } from '../contract/errors.ts';
import type { RunSpans } from '../report/spans/run-spans.ts';
import { SpanRecorder } from '../report/spans/span-recorder.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';

/**
 * A run's journal as spans, up to where it is whole. Changes nothing.
 *
 * @throws {UserError} if the run had not begun; with exit code 65 if the journal is damaged
 */
export async function readSpans({ journal, path }: RunDirectory): Promise<RunSpans> {
  const recorder = new SpanRecorder();
  for await (const event of readJournal(journal)) recorder.handle(event);
  const spans = recorder.spans();
  if (!spans) throw new UserError(`Cannot use the run ${path}: it had not begun. See what there is: agentpar runs`);
  return spans;
}
