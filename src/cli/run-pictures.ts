import type { Clock } from '../contract/clock.ts';
import type { Reporter } from '../contract/reporter.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { Output } from './output.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';
import { packageVersion } from './version.ts';

/** The pictures that a run was asked for: a page while it goes on, and its conversations over time at the end. */
export interface RunPictures {
  readonly reporters: readonly Reporter[];
  /** At the end. */
  show(write: Output['write']): Promise<void>;
}

/** Opens what was asked for, with all that an earlier attempt at the run told. Loads nothing for what was not. */
export async function openPictures(
  { watch, timeline, json, color }: RunOptions,
  { journal }: RunDirectory,
  { clock, isShown, isResumed }: { readonly clock: Clock; readonly isShown: boolean; readonly isResumed: boolean },
): Promise<RunPictures> {
  const page = watch && isShown ? await openPage(clock) : undefined;
  const spans = timeline && isShown && !json ? await openSpans() : undefined;
  const reporters = [...(page ? [page] : []), ...(spans ? [spans] : [])];
  if (isResumed && reporters.length > 0) {
    for await (const event of readJournal(journal)) for (const reporter of reporters) reporter.handle(event);
  }
  return {
    reporters,
    show: async (write) => {
      const drawn = spans?.spans();
      if (!drawn) return;
      const { showGantt } = await import('./show-gantt.ts');
      write(showGantt(drawn, color));
    },
  };
}

async function openPage(clock: Clock): Promise<Reporter> {
  const { openWatch } = await import('./watch-server.ts');
  const { LiveRun } = await import('../report/page/live-run.ts');
  const { pageAssets } = await import('./page-assets.ts');
  const page = await openWatch(pageAssets(), packageVersion(), new LiveRun(clock));
  tell(`Watch it at ${page.address}`);
  return page;
}

async function openSpans() {
  const { SpanRecorder } = await import('../report/spans/span-recorder.ts');
  return new SpanRecorder();
}
