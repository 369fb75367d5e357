import type { Emit, Mode } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import type { RunBudget } from '../run/budget.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { BudgetedRun } from './run-budget.ts';
import type { RunModels } from './run-models.ts';

/**
 * A run that is one of several in this process: it shows nothing by itself, and what the process has only once is not
 * its own (signals, errors that nobody catches, the budget).
 */
export interface Trial {
  /** Ends it early, with those that come after it. */
  readonly stop: StopControl;
  /** Instead of what the options say. */
  readonly modes: readonly Mode[];
  /** What it asks instead of the models that were chosen for it. */
  readonly adapt: (models: RunModels) => RunModels;
  /** Called once everything was read and checked, before anything is written. */
  readonly openBudget: (run: BudgetedRun) => Promise<RunBudget>;
  /** Called when the run can be told of things that happen to the process. */
  readonly onBegin: (emit: Emit) => void;
  /** Hear of its events after the journal has them. */
  readonly reporters: readonly Reporter[];
}
