import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../async/system-clock.ts';
import { saltedModel } from '../bench/salted-model.ts';
import type { Sample } from '../bench/sample.ts';
import { sampleOf } from '../bench/sample.ts';
import type { Setting } from '../bench/setting.ts';
import type { Turn } from '../bench/turns.ts';
import { UserError } from '../contract/errors.ts';
import type { Emit, EventOf, RunEvent } from '../contract/event.ts';
import type { Model } from '../contract/model.ts';
import type { Reporter } from '../contract/reporter.ts';
import type { PromptFile } from '../input/prompt-file.ts';
import { needsDurations } from '../report/threshold.ts';
import { VerdictRecorder } from '../report/verdicts.ts';
import type { RunBudget } from '../run/budget.ts';
import type { BenchDirectory } from '../run/run-directory.ts';
import { showTimestamp } from '../run/run-directory.ts';
import type { StopControl } from '../run/stop-control.ts';
import { attendToProcess } from './attend-to-process.ts';
import type { BenchOptions } from './bench-options.ts';
import { runOptionsFor } from './bench-options.ts';
import { BenchProgress } from './bench-progress.ts';
import { checkThresholdPrices } from './check-expected.ts';
import { UNANSWERED } from './exit-code.ts';
import { executeFiles } from './prepare-run.ts';
import type { BudgetedRun } from './run-budget.ts';
import { EXIT_CODE_OF_LIMITS, openRunBudget } from './run-budget.ts';
import type { RunModels } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';
import { thresholdsOf } from './threshold-options.ts';
import type { Trial } from './trial.ts';

/** What the runs of a benchmark have in common. */
export interface BenchContext {
  readonly directory: BenchDirectory;
  readonly startedAt: Date;
  /** Ends them all early. */
  readonly stop: StopControl;
  readonly options: BenchOptions;
}

/**
 * The runs of a benchmark, one after the other, each as `agentpar run` would make it, in a directory of its own below the
 * benchmark's. They share one budget, and what ends one early ends them all.
 */
export class BenchRuns implements Disposable {
  readonly #files: readonly PromptFile[];
  readonly #settings: readonly Setting[];
  readonly #context: BenchContext;
  readonly #samples: Sample[] = [];
  #emit: Emit = () => {};
  #budget: RunBudget | undefined;
  #begun: EventOf<'run_start'> | undefined;
  #isSalted = false;
  #exitCode = 0;

  constructor(files: readonly PromptFile[], settings: readonly Setting[], context: BenchContext) {
    this.#files = files;
    this.#settings = settings;
    this.#context = context;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** How the first of them began. */
  get begun(): EventOf<'run_start'> | undefined {
    return this.#begun;
  }

  /** Whether prompts were kept apart from those of other runs. */
  get isSalted(): boolean {
    return this.#isSalted;
  }

  /** What ended it before all of them were made. */
  get stopped(): string | undefined {
    return this.#context.stop.cause?.reason;
  }

  /** That of what ended it early, or else the worst of its runs. */
  get exitCode(): number {
    return this.#context.stop.cause?.exitCode ?? this.#exitCode;
  }

  /**
   * Makes the runs in that order.
   *
   * @throws {UserError} if the first cannot be made; one that cannot be made later ends the benchmark
   */
  async take(turns: readonly Turn[]): Promise<void> {
    const { stop, options, directory } = this.#context;
    const emit: Emit = (event) => this.#emit(event);
    using _attention = await attendToProcess(emit, stop, options, `What was run is in ${directory.path}.`);
    const progress = new BenchProgress(turns.length, this.#settings, options);
    for (const [at, turn] of turns.entries()) {
      if (stop.stopping.aborted) return;
      try {
        await this.#run(turn, at + 1, progress);
      } catch (error) {
        progress.stop();
        if (!(error instanceof UserError) || this.#samples.length === 0) throw error;
        tell(error.message);
        stop.abort({ reason: 'a run that could not be made', exitCode: error.exitCode });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#budget?.[Symbol.dispose]();
  }

  async #run(turn: Turn, number: number, progress: BenchProgress): Promise<void> {
    const setting = this.#settings[turn.setting];
    if (!setting) throw new RangeError(`there is no setting ${turn.setting}`);
    const { directory, startedAt, stop, options } = this.#context;
    // It becomes the run's id, by which tools recognize calls in other systems too: no other benchmark may have the same.
    const name = `${showTimestamp(startedAt)}-${String(number).padStart(3, '0')}-${setting.mode}-j${setting.concurrency}`;
    const shown = await progress.begin(turn, number);
    const recorder = new VerdictRecorder({ keepsDurations: thresholdsOf(options).some(needsDurations) });
    let firstProblem: string | undefined;
    const hearing = {
      handle: (event: RunEvent) => {
        if (event.kind === 'run_start') this.#begun ??= event;
        if (event.kind === 'conversation_end' && event.status !== 'done') firstProblem ??= event.problem;
      },
    };
    const trial = this.#trial(turn, setting, [recorder, hearing, ...(shown ? [shown] : [])]);
    const { record } = options;
    const runOptions: RunOptions = {
      ...runOptionsFor(setting, join(directory.path, name), options),
      ...(turn.isRecorded && record !== undefined ? { record } : {}),
    };
    const { exitCode, ran } = await executeFiles(this.#files, runOptions, { trial });
    if (!ran) throw new TypeError('a run of a benchmark is never dry');
    const { conversations, end, timing } = ran;
    const sample = sampleOf(turn, timing.modes.at(-1), {
      run: ran.directory.path,
      conversations,
      verdicts: recorder.verdicts,
      firstProblem,
      isStopped: end.stopped !== undefined,
    });
    this.#samples.push(sample);
    if (this.#exitCode === 0 || exitCode === UNANSWERED) this.#exitCode = exitCode;
    progress.end(sample, number);
    // A response that was cut off for a limit leaves nothing for the runs to come.
    if (this.#budget?.reached !== undefined) stop.abort({ reason: LIMIT, exitCode: EXIT_CODE_OF_LIMITS });
    // More of the same would only take time and money.
    if (sample.problem !== undefined && end.counts.done === 0) {
      stop.abort({ reason: 'a run in which nothing was answered', exitCode });
    }
  }

  #trial({ isRecorded }: Turn, { mode }: Setting, reporters: readonly Reporter[]): Trial {
    return {
      stop: this.#context.stop,
      modes: [mode],
      // What is recorded has to be found again by a replay, which asks for what the prompts are without a salt.
      adapt: (models) => (isRecorded ? models : this.#salted(models)),
      openBudget: (run) => this.#budgetOver(run),
      onBegin: (emit) => {
        this.#emit = emit;
      },
      reporters,
    };
  }

  /** The offline model caches nothing, and a cassette knows only what was recorded. */
  #salted(models: RunModels): RunModels {
    const { salt: isWanted, replay } = this.#context.options;
    if (!isWanted || replay !== undefined) return models;
    const salt = randomBytes(8).toString('hex');
    const salted = new Map<string, Model>();
    return {
      ...models,
      get: (id) => {
        if (id.startsWith('sim/')) return models.get(id);
        this.#isSalted = true;
        const known = salted.get(id) ?? saltedModel(models.get(id), salt);
        salted.set(id, known);
        return known;
      },
    };
  }

  /** Over all runs, and in real time. */
  async #budgetOver(run: BudgetedRun): Promise<RunBudget> {
    if (this.#budget) return this.#budget;
    const { stop, options, directory } = this.#context;
    await checkThresholdPrices(run.modelIds, options);
    const requestsAtOnce = Math.max(...this.#settings.map(({ concurrency }) => concurrency));
    this.#budget = await openRunBudget({ ...run, requestsAtOnce, clock: systemClock }, stop, options);
    directory.make();
    return this.#budget;
  }
}

const LIMIT = 'a limit of the whole benchmark';
