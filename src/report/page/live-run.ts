import type { RunEvent } from '../../contract/event.ts';
import type { Reporter } from '../../contract/reporter.ts';
import type { RunSpans } from '../spans/run-spans.ts';
import { SpanRecorder } from '../spans/span-recorder.ts';
import { RunPacker } from './pack-run.ts';
import type { PackedPatch, PackedRun } from './page-data.ts';
import { RunTexts } from './run-texts.ts';

/** A run while it goes on, as pages are sent it: whole to one that joins, then what has changed. */
export class LiveRun implements Reporter {
  readonly #recorder = new SpanRecorder();
  readonly #texts = new RunTexts();
  readonly #packer = new RunPacker(this.#texts);
  #changed = new Set<string>();

  handle(event: RunEvent): void {
    this.#recorder.handle(event);
    this.#texts.handle(event);
    // A mode's conversations have the names of those of the mode before.
    if (event.kind === 'mode_start') this.#changed.clear();
    if ('conversation' in event && event.conversation !== undefined) this.#changed.add(event.conversation);
  }

  spans(): RunSpans | undefined {
    return this.#recorder.spans();
  }

  /** All of it by now; nothing before the run's first event. */
  whole(): PackedRun | undefined {
    const spans = this.#recorder.spans();
    return spans && this.#packer.pack(spans);
  }

  /** What has changed since the last patch. */
  patch(): PackedPatch | undefined {
    const spans = this.#recorder.spans();
    const changed = this.#changed;
    this.#changed = new Set();
    // What is open goes on from patch to patch.
    const open = spans?.modes.at(-1)?.conversations.filter(({ status }) => status === undefined) ?? [];
    for (const { conversation } of open) changed.add(conversation);
    return spans && this.#packer.patch(spans, changed);
  }
}
