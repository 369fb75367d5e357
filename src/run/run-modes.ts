import type { BodyOf, Emit, Mode, RunCounts, RunEventBody } from '../contract/event.ts';
import type { OpenTurn } from '../contract/tool.ts';
import type { EarlierPrompts, PromptsDeps, PromptsPlan } from './run-prompts.ts';
import { runPrompts } from './run-prompts.ts';

/** A whole run: the same prompts in one mode after the other. */
export interface RunPlan extends Omit<PromptsPlan, 'earlier' | 'ranMs'> {
  /** What earlier attempts at this run have done. */
  readonly earlier?: EarlierRun;
  readonly modes: readonly Mode[];
  readonly toolConcurrency: number;
  /** What happened before anything ran, to be told first. */
  readonly early: readonly RunEventBody[];
  /** What the run's first event tells, beside what the plan says. */
  readonly about: Omit<BodyOf<'run_start'>, 'kind' | 'conversations' | 'concurrency' | 'toolConcurrency' | 'modes'>;
}

/** Where a run that is resumed stood. */
export interface EarlierRun extends EarlierPrompts {
  /** How long it has run, without the time in which no process did. */
  readonly ranMs: number;
  /** The mode that was under way and how long it has run. */
  readonly mode?: { readonly mode: Mode; readonly ranMs: number };
  readonly modesLeft: readonly Mode[];
  /** The prompts as the file has them now, each under the id and at the place that it was recorded with. */
  readonly prompts: PromptsPlan['prompts'];
  /** The recorded ids of prompts that were begun and are no longer there. */
  readonly gone: ReadonlySet<string>;
  readonly about: Omit<BodyOf<'run_resume'>, 'kind' | 'concurrency' | 'toolConcurrency'>;
}

/** What a run is given; turns are opened anew for each mode, since modes differ in how tools may run. */
export interface RunDeps extends Omit<PromptsDeps, 'openTurn' | 'inOrder'> {
  readonly openTurnIn: (mode: Mode, toolConcurrency: number) => OpenTurn;
}

/** A run's last event. */
export type RunEnd = BodyOf<'run_end'>;

/** Runs all prompts in each mode, telling of it from the first event to the last. */
export async function runModes(plan: RunPlan, deps: RunDeps): Promise<RunEnd> {
  const { clock, emit, stop } = deps;
  const { earlier } = plan;
  const startedAt = clock.now() - (earlier?.ranMs ?? 0);
  let counts: RunCounts = { done: 0, failed: 0, cancelled: 0, notStarted: plan.count };
  tellStart(plan, emit);
  for (const mode of modesOf(plan)) {
    if (stop.stopping.aborted) break;
    counts = await runMode(mode, plan, deps);
  }
  const stopped = stop.cause ? { stopped: stop.cause.reason } : {};
  const end: RunEnd = { kind: 'run_end', tookMs: clock.now() - startedAt, counts, ...stopped };
  emit(end);
  return end;
}

function tellStart({ earlier, about, count, concurrency, toolConcurrency, modes, early }: RunPlan, emit: Emit): void {
  if (earlier) emit({ kind: 'run_resume', ...earlier.about, concurrency, toolConcurrency });
  else emit({ kind: 'run_start', ...about, conversations: count, concurrency, toolConcurrency, modes });
  for (const event of early) emit(event);
}

/** Of a run that is resumed: the mode that was under way and those that were not begun. */
function modesOf({ modes, earlier }: RunPlan): readonly Mode[] {
  if (!earlier) return modes;
  return [...(earlier.mode ? [earlier.mode.mode] : []), ...earlier.modesLeft];
}

async function runMode(mode: Mode, { earlier, ...plan }: RunPlan, deps: RunDeps): Promise<RunCounts> {
  const { clock, emit } = deps;
  const underWay = earlier?.mode?.mode === mode ? earlier.mode : undefined;
  const { concurrency, toolConcurrency } = mode === 'sequential' ? { concurrency: 1, toolConcurrency: 1 } : plan;
  const startedAt = clock.now() - (underWay?.ranMs ?? 0);
  if (!underWay) emit({ kind: 'mode_start', mode, concurrency, toolConcurrency });
  const counts = await runPrompts(
    { ...plan, ...(earlier && underWay ? { earlier, ranMs: underWay.ranMs } : {}), concurrency },
    { ...deps, openTurn: deps.openTurnIn(mode, toolConcurrency), inOrder: mode === 'sequential' },
  );
  emit({ kind: 'mode_end', mode, tookMs: clock.now() - startedAt, counts });
  return counts;
}
