import type { Clock } from '../../contract/clock.ts';
import type { RunEvent } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import type { ConversationSpans, RunSpans } from '../spans/run-spans.ts';
import { SpanRecorder } from '../spans/span-recorder.ts';
import { RunPacker } from './pack-run.ts';
import type { PackedPatch, PackedRun } from './page-data.ts';
import { RunTexts } from './run-texts.ts';

/** A run while it goes on, as pages are sent it: whole to one that joins, then what has changed. */
export class LiveRun implements Reporter {
  readonly #recorder = new SpanRecorder();
  readonly #texts = new RunTexts();
  readonly #packer = new RunPacker(this.#texts);
  /** For each mode, by their ids, which the modes have in common. */
  #changed: Set<string>[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  #last = { atMs: 0, heardMs: 0 };
  #modes = 0;
  #isResumed = false;

  /** @param clock that of the run: what goes on goes on with it, whether or not anything happens */
  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  handle(event: RunEvent): void {
    this.#last = { atMs: event.atMs, heardMs: this.#clock.now() };
    this.#recorder.handle(event);
    this.#texts.handle(event);
    if (event.kind === 'mode_start') this.#modes += 1;
    if (event.kind === 'run_resume') this.#isResumed = true;
    if ('conversation' in event && event.conversation !== undefined)
      this.#changedIn(this.#modes - 1).add(event.conversation);
  }

  spans(): RunSpans | undefined {
    return this.#recorder.spans(this.#last.atMs + this.#clock.now() - this.#last.heardMs);
  }

  /** All of it by now; nothing before the run's first event. */
  whole(): PackedRun | undefined {
    const spans = this.spans();
    return spans && this.#packer.pack(spans);
  }

  /** What has changed since the last patch. */
  patch(): PackedPatch | undefined {
    const spans = this.spans();
    const changed = this.#changed;
    this.#changed = [];
    if (!spans) return undefined;
    // What is open goes on from patch to patch, and ends where a process ended.
    const last = spans.modes.length - 1;
    const open = spans.modes[last]?.conversations.filter((each) => this.#isResumed || isOpen(each)) ?? [];
    this.#isResumed = false;
    const ids = new Set([...(changed[last] ?? []), ...open.map(({ conversation }) => conversation)]);
    return this.#packer.patch(spans, (mode) => (mode === last ? ids : changed[mode]));
  }

  #changedIn(mode: number): Set<string> {
    const known = this.#changed[mode] ?? new Set();
    this.#changed[mode] = known;
    return known;
  }
}

function isOpen({ status, models, tools, tasks }: ConversationSpans): boolean {
  return status === undefined || [...models, ...tools, ...tasks].some(({ ending }) => ending === 'open');
}
