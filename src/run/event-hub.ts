import type { Clock } from '../contract/clock.ts';
import type { Emit, RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';

/** Stamps a run's events and hands each to every reporter, in the given order, before `emit` returns. */
export class EventHub {
  readonly #reporters: readonly Reporter[];
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  readonly #startedAt: number;
  #seq: number;
  #isOver = false;

  /**
   * @param onFailure hears of a reporter that threw; the other reporters and the run go on
   * @param last the stamp that the events go on from, of a run that was begun earlier
   */
  constructor(
    reporters: readonly Reporter[],
    clock: Clock,
    onFailure: (error: unknown) => void,
    last: { readonly seq: number; readonly atMs: number } = { seq: 0, atMs: 0 },
  ) {
    this.#reporters = reporters;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#seq = last.seq;
    this.#startedAt = clock.now() - last.atMs;
  }

  readonly emit: Emit = (body) => {
    // What comes after the run's last event (an error that a tool left behind, say) would find its journal closed.
    if (this.#isOver) return;
    this.#isOver = body.kind === 'run_end';
    this.#seq += 1;
    const event: RunEvent = { seq: this.#seq, atMs: this.#clock.now() - this.#startedAt, ...body };
    for (const reporter of this.#reporters) {
      try {
        reporter.handle(event);
      } catch (error) {
        this.#onFailure(error);
      }
    }
  };

  /** Lets every reporter finish. */
  async finish(): Promise<void> {
    for (const reporter of this.#reporters) {
      try {
        await reporter.finish?.();
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }
}
