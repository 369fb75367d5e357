import { systemClock } from '../async/system-clock.ts';
import type { Sample } from '../bench/sample.ts';
import type { Setting } from '../bench/setting.ts';
import { nameOf } from '../bench/setting.ts';
import type { Turn } from '../bench/turns.ts';
import type { Reporter } from '../contract/reporter.ts';
import type { Progress } from '../report/progress.ts';
import { showCost, showDuration } from '../report/show-number.ts';
import { showText } from '../report/show-text.ts';
import type { BenchOptions } from './bench-options.ts';
import { tell } from './tell.ts';

/** How a benchmark gets on, on standard error: a line for each run that is over, and at a terminal one for that under way. */
export class BenchProgress {
  readonly #total: number;
  readonly #names: readonly string[];
  readonly #quiet: boolean;
  #line: Progress | undefined;

  constructor(total: number, settings: readonly Setting[], { quiet = false }: BenchOptions) {
    this.#total = total;
    this.#names = settings.map(nameOf);
    this.#quiet = quiet;
  }

  /** A run begins; what is returned is to hear of its events. */
  async begin(turn: Turn, number: number): Promise<Reporter | undefined> {
    this.#line = undefined;
    const { stderr } = process;
    if (this.#quiet || !stderr.isTTY || !stderr.columns || process.env['CI']) return undefined;
    const { openProgress } = await import('../report/progress.ts');
    this.#line = await openProgress(stderr, systemClock, { heading: this.#heading(turn, number) });
    return this.#line;
  }

  /** Removes the line of the run under way. */
  stop(): void {
    this.#line?.stop();
  }

  end(sample: Sample, number: number): void {
    this.stop();
    if (this.#quiet) return;
    const { wallMs, costUsd, problem, round, isRecorded } = sample;
    const parts = [
      this.#heading(sample, number),
      showDuration(wallMs).padStart(8),
      ...(costUsd === undefined ? [] : [showCost(costUsd)]),
      ...(isRecorded ? ['recorded'] : round === 0 ? ['to warm up'] : []),
      ...(problem === undefined ? [] : [showText(problem)]),
    ];
    tell(parts.join('   '));
  }

  #heading({ setting }: Turn, number: number): string {
    const width = Math.max(...this.#names.map((name) => name.length));
    const count = String(number).padStart(String(this.#total).length);
    return `run ${count} of ${this.#total}   ${(this.#names[setting] ?? '').padEnd(width)}`;
  }
}
