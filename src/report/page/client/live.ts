import type { PackedPatch, PackedRun } from '../page-data.ts';
import type { PageRun } from '../unpack-run.ts';
import { patched, unpackRun } from '../unpack-run.ts';

/** What is heard of a run that goes on. */
export interface LiveListener {
  onRun(run: PageRun): void;
  onState(text: string): void;
}

const LEAST_PAUSE_MS = 300;
/** The page stays quick: drawing takes at most this part of the time. */
const LEAST_PAUSE_TIMES = 4;

/** Hears of a run while it goes on, and tells of it as often as there is time to draw it. */
export function listen(address: string, { onRun, onState }: LiveListener): void {
  const source = new EventSource(address);
  let packed: PackedRun | undefined;
  let timer: number | undefined;
  let tookMs = 0;
  const draw = () => {
    timer = undefined;
    if (!packed) return;
    const begun = performance.now();
    onRun(unpackRun(packed));
    tookMs = performance.now() - begun;
  };
  const due = () => {
    timer ??= window.setTimeout(draw, Math.max(LEAST_PAUSE_MS, LEAST_PAUSE_TIMES * tookMs));
  };
  source.addEventListener('run', ({ data }: MessageEvent<string>) => {
    packed = JSON.parse(data) as PackedRun;
    onState('live');
    draw();
  });
  source.addEventListener('patch', ({ data }: MessageEvent<string>) => {
    const patch = JSON.parse(data) as PackedPatch;
    packed = patched(packed ?? { head: patch.head, names: [], modes: [] }, patch);
    onState('live');
    due();
  });
  source.addEventListener('end', () => {
    source.close();
    clearTimeout(timer);
    draw();
    onState('The run has ended. To keep this page: agentpar report -o report.html');
  });
  source.addEventListener('error', () => onState('Connection lost: the run was ended, or will be heard of again.'));
}
