import type { EventOf, RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { showMissed } from './show-missed.ts';

/** How the conversations of a run's last mode ended, beside how they should have. */
export interface Verdicts {
  /** Those that ended as they should: `done`, or with all that was expected of them. */
  readonly right: number;
  /** Those that were expected to end otherwise than `done`, and did. */
  readonly otherwise: number;
  /** Those of which something was expected that did not come true. */
  readonly missed: number;
  /** What the first of those missed, by conversation. */
  readonly firstMissed: readonly { readonly conversation: string; readonly problems: readonly string[] }[];
  /** How long each took that ended; empty unless they are kept. */
  readonly durationsMs: readonly number[];
}

const MOST_KEPT = 5;

type Sums = { -readonly [K in keyof Verdicts]: Verdicts[K] } & {
  readonly firstMissed: { conversation: string; problems: readonly string[] }[];
  readonly durationsMs: number[];
};

/** Counts how conversations end, while they do. Its memory grows with the run only if durations are kept. */
export class VerdictRecorder implements Reporter {
  readonly #keepsDurations: boolean;
  #sums = startSums();

  constructor({ keepsDurations }: { readonly keepsDurations: boolean }) {
    this.#keepsDurations = keepsDurations;
  }

  get verdicts(): Verdicts {
    return this.#sums;
  }

  handle(event: RunEvent): void {
    if (event.kind === 'mode_start') this.#sums = startSums();
    if (event.kind !== 'conversation_end' || event.parent !== undefined) return;
    if (this.#keepsDurations) this.#sums.durationsMs.push(event.tookMs);
    addVerdict(this.#sums, event);
  }
}

function startSums(): Sums {
  return { right: 0, otherwise: 0, missed: 0, firstMissed: [], durationsMs: [] };
}

function addVerdict(sums: Sums, { conversation, status, missed }: EventOf<'conversation_end'>): void {
  if (missed ? missed.length === 0 : status === 'done') sums.right += 1;
  if (!missed) return;
  if (status !== 'done' && missed.every(({ what }) => what !== 'status')) sums.otherwise += 1;
  if (missed.length === 0) return;
  sums.missed += 1;
  if (sums.firstMissed.length === MOST_KEPT) return;
  sums.firstMissed.push({ conversation, problems: missed.map(showMissed) });
}
