import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { RunPacker } from '../report/page/pack-run.ts';
import type { PackedRun } from '../report/page/page-data.ts';
import { renderPage } from '../report/page/render-page.ts';
import { RunTexts } from '../report/page/run-texts.ts';
import { SpanRecorder } from '../report/spans/span-recorder.ts';
import { pageAssets } from './page-assets.ts';
import { secrets } from './secrets.ts';
import { packageVersion } from './version.ts';

/** A run as one page, without secrets. */
export async function* htmlReport(run: Pick<RecordedRun, 'events'>): AsyncIterable<string> {
  yield pageOf([await packedRun(run)]);
}

/** A page of one run, or of two beside each other. */
export function pageOf(runs: readonly PackedRun[]): string {
  return renderPage({ version: packageVersion(), runs }, pageAssets());
}

/** What a page shows of a run, without secrets. */
export async function packedRun({ events }: Pick<RecordedRun, 'events'>): Promise<PackedRun> {
  const recorder = new SpanRecorder();
  const texts = new RunTexts();
  for await (const event of events()) {
    const shown = secrets.event(event);
    recorder.handle(shown);
    texts.handle(shown);
  }
  const spans = recorder.spans();
  if (!spans) throw new Error('A recorded run has begun.');
  return new RunPacker(texts).pack(spans);
}
