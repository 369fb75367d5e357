import { explainRun } from '../explain/explain-run.ts';
import type { RecordedRun } from './recorded-run.ts';

/** Everything that is known of a run as one JSON object: where its time went, and a row for each conversation. */
export async function* jsonReport({ spans, timing, rows, thresholds }: RecordedRun): AsyncIterable<string> {
  const { run, modes } = explainRun(spans);
  yield `${JSON.stringify({
    run,
    modes: modes.map((explanation, index) => ({ ...explanation, ...timed(timing, index) })),
    estimate: timing.estimate,
    thresholds: thresholds.map(({ threshold, isMet, text }) => ({ threshold: threshold.text, isMet, found: text })),
    conversations: rows,
  })}\n`;
}

function timed({ modes }: RecordedRun['timing'], index: number) {
  const timing = modes[index];
  if (!timing) return {};
  const { models, ...rest } = timing;
  return { timing: { ...rest, models: Object.fromEntries(models) } };
}
