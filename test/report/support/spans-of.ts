import type { RunEvent } from '../../../src/contract/event.ts';
import type { RunSpans } from '../../../src/report/spans/run-spans.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';

/** The spans of a run that was told. */
export function spansOf(events: readonly RunEvent[]): RunSpans {
  const recorder = new SpanRecorder();
  for (const event of events) recorder.handle(event);
  const spans = recorder.spans();
  if (!spans) throw new Error('The run had not begun.');
  return spans;
}
