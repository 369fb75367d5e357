import type { ModeSpans } from '../spans/run-spans.ts';
import type { TimeState } from '../spans/time-states.ts';
import type { StatedConversation } from './conversation-path.ts';

/**
 * Why a slot held no conversation. `starting`: one was being started. `fewPrompts`: there were fewer prompts than slots.
 * `tail`: the last ones ran, and there were no more. `stopped`: nothing new was to be started.
 */
export type EmptyReason = 'starting' | 'fewPrompts' | 'tail' | 'stopped';

/** What slots were used for, as slots at once on average over some time. */
export interface SlotUse {
  readonly startMs: number;
  readonly endMs: number;
  /** How many conversations at once were allowed: the sum of all that follows. */
  readonly allowed: number;
  readonly held: Readonly<Partial<Record<TimeState, number>>>;
  readonly empty: Readonly<Partial<Record<EmptyReason, number>>>;
}

/** A whole mode's use of its slots, and the same in so many equal parts of its time. */
export function slotUse(
  mode: ModeSpans,
  stated: readonly StatedConversation[],
  options: { readonly resumesMs: readonly number[]; readonly prompts: number; readonly parts: number },
): { readonly whole: SlotUse; readonly parts: readonly SlotUse[] } {
  const whole = new Part(mode.startMs, mode.endMs);
  const count = mode.endMs > mode.startMs ? options.parts : 0;
  const boundMs = (index: number) => mode.startMs + ((mode.endMs - mode.startMs) * index) / count;
  const parts = Array.from({ length: count }, (_, index) => new Part(boundMs(index), boundMs(index + 1)));
  const add = (use: Use, startMs: number, endMs: number, slots: number) => {
    if (endMs <= startMs || slots === 0) return;
    whole.add(use, startMs, endMs, slots);
    const share = (atMs: number) => ((atMs - mode.startMs) / (mode.endMs - mode.startMs)) * count;
    // One more on each side: what rounding put next door adds nothing there.
    const last = Math.min(count - 1, Math.ceil(share(endMs)));
    for (let at = Math.max(0, Math.floor(share(startMs)) - 1); at <= last; at++)
      parts[at]?.add(use, startMs, endMs, slots);
  };
  for (const { segments } of stated) {
    for (const { state, startMs, endMs } of segments) add({ held: state }, startMs, endMs, 1);
  }
  for (const { reason, startMs, endMs, slots } of emptySlots(mode, stated, options)) {
    add({ empty: reason }, startMs, endMs, slots);
  }
  return { whole: whole.use(), parts: parts.map((part) => part.use()) };
}

type Use = { readonly held: TimeState } | { readonly empty: EmptyReason };

class Part {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #held: Partial<Record<TimeState, number>> = {};
  readonly #empty: Partial<Record<EmptyReason, number>> = {};

  constructor(startMs: number, endMs: number) {
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  add(use: Use, startMs: number, endMs: number, slots: number): void {
    const ms = Math.min(endMs, this.#endMs) - Math.max(startMs, this.#startMs);
    if (ms <= 0) return;
    const mean = (ms * slots) / (this.#endMs - this.#startMs);
    if ('held' in use) this.#held[use.held] = (this.#held[use.held] ?? 0) + mean;
    else this.#empty[use.empty] = (this.#empty[use.empty] ?? 0) + mean;
  }

  use(): SlotUse {
    const allowed = [...Object.values(this.#held), ...Object.values(this.#empty)].reduce((sum, mean) => sum + mean, 0);
    return { startMs: this.#startMs, endMs: this.#endMs, allowed, held: this.#held, empty: this.#empty };
  }
}

interface EmptySlots {
  readonly reason: EmptyReason;
  readonly startMs: number;
  readonly endMs: number;
  readonly slots: number;
}

/** From each change of what is allowed or held to the next: how many slots held nothing, and why. */
function* emptySlots(
  mode: ModeSpans,
  stated: readonly StatedConversation[],
  { resumesMs, prompts }: { readonly resumesMs: readonly number[]; readonly prompts: number },
): Generator<EmptySlots, void, void> {
  const stretches = stated.flatMap(({ spans }) => spans.stretches);
  const starts = [mode.startMs, ...resumesMs.filter((atMs) => atMs > mode.startMs && atMs < mode.endMs)];
  for (const [index, startMs] of starts.entries()) {
    const endMs = starts[index + 1] ?? mode.endMs;
    const isLast = index === starts.length - 1;
    const own = stretches.filter((stretch) => stretch.startMs >= startMs && (isLast || stretch.startMs < endMs));
    const begun = stated.filter(({ spans }) => isLast || spans.startMs < endMs).length;
    const wasStopped = begun < prompts;
    yield* emptyIn({ startMs, endMs, wasStopped }, own, mode.allowed);
  }
}

function* emptyIn(
  { startMs, endMs, wasStopped }: { readonly startMs: number; readonly endMs: number; readonly wasStopped: boolean },
  stretches: readonly { readonly startMs: number; readonly endMs: number }[],
  allowed: ModeSpans['allowed'],
): Generator<EmptySlots, void, void> {
  const lastStartMs = stretches.reduce((last, stretch) => Math.max(last, stretch.startMs), startMs);
  const changes = [
    ...stretches.flatMap((stretch) => [
      { atMs: stretch.startMs, held: 1 },
      { atMs: stretch.endMs, held: -1 },
    ]),
    { atMs: endMs, held: 0 },
  ].sort((one, other) => one.atMs - other.atMs);
  const capacity = allowed.findLast(({ fromMs }) => fromMs <= startMs)?.concurrency ?? 0;
  let held = 0;
  let sinceMs = startMs;
  for (const change of changes) {
    if (change.atMs > sinceMs) {
      const empty = Math.max(0, capacity - held);
      const part = { startMs: sinceMs, endMs: change.atMs };
      const few = wasStopped ? 0 : Math.max(0, Math.min(empty, capacity - stretches.length));
      const isFilling = change.atMs <= lastStartMs;
      yield { ...part, reason: 'fewPrompts', slots: few };
      yield { ...part, reason: isFilling ? 'starting' : wasStopped ? 'stopped' : 'tail', slots: empty - few };
      sinceMs = change.atMs;
    }
    held += change.held;
  }
}
