import type { Mode, RunEventBody } from '../contract/event.ts';
import type { OpenTurn } from '../contract/tool.ts';
import type { PromptsDeps, PromptsPlan } from './run-prompts.ts';
import { runPrompts } from './run-prompts.ts';

/** A whole run: the same prompts in one mode after the other. */
export interface RunPlan extends PromptsPlan {
  readonly modes: readonly Mode[];
  readonly toolConcurrency: number;
  /** What there is to tell before anything runs. */
  readonly notices: readonly string[];
  /** What the run's first event tells, beside what the plan says. */
  readonly about: Omit<
    Extract<RunEventBody, { kind: 'run_start' }>,
    'kind' | 'conversations' | 'concurrency' | 'toolConcurrency' | 'modes'
  >;
}

/** What a run is given; turns are opened anew for each mode, since modes differ in how tools may run. */
export interface RunDeps extends Omit<PromptsDeps, 'openTurn' | 'inOrder'> {
  readonly openTurnIn: (mode: Mode, toolConcurrency: number) => OpenTurn;
}

/** A run's last event. */
export type RunEnd = Extract<RunEventBody, { kind: 'run_end' }>;

/** Runs all prompts in each mode, telling of it from the first event to the last. */
export async function runModes(plan: RunPlan, deps: RunDeps): Promise<RunEnd> {
  const { clock, emit, stop } = deps;
  const { modes, concurrency, toolConcurrency } = plan;
  const startedAt = clock.now();
  let counts = { done: 0, failed: 0, cancelled: 0, notStarted: plan.count };
  emit({ kind: 'run_start', ...plan.about, conversations: plan.count, concurrency, toolConcurrency, modes });
  for (const message of plan.notices) emit({ kind: 'notice', message });
  for (const mode of modes) {
    if (stop.stopping.aborted) break;
    const caps = mode === 'sequential' ? { concurrency: 1, toolConcurrency: 1 } : { concurrency, toolConcurrency };
    const modeStartedAt = clock.now();
    emit({ kind: 'mode_start', mode, ...caps });
    const openTurn = deps.openTurnIn(mode, caps.toolConcurrency);
    counts = await runPrompts(
      { ...plan, concurrency: caps.concurrency },
      { ...deps, openTurn, inOrder: mode === 'sequential' },
    );
    emit({ kind: 'mode_end', mode, tookMs: clock.now() - modeStartedAt, counts });
  }
  const stopped = stop.cause ? { stopped: stop.cause.reason } : {};
  const end: RunEnd = { kind: 'run_end', tookMs: clock.now() - startedAt, counts, ...stopped };
  emit(end);
  return end;
}
