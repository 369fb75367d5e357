import type { Clock } from '../contract/clock.ts';
import { RunBudget } from '../run/budget.ts';
import type { BudgetLimits } from '../run/limit-problem.ts';
import { openPrices } from '../run/prices.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunModels } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';

/** The run that a budget is for. */
export interface BudgetedRun {
  readonly modelIds: Iterable<string>;
  readonly requestsAtOnce: number;
  /** How long earlier parts of it took. */
  readonly ranMs: number;
  readonly clock: Clock;
}

/** The limits of a budget, and how long what is running may go on once one of them is reached. */
export type BudgetOptions = Pick<RunOptions, 'maxCost' | 'maxTokens' | 'maxTime' | 'grace'>;

/**
 * The budget of a run. When a limit is reached, what is running may finish and nothing new starts.
 *
 * @throws {UserError} if there is a limit of cost, and a model without a price
 */
export async function openRunBudget(
  { modelIds, requestsAtOnce, ranMs, clock }: BudgetedRun,
  stop: StopControl,
  { maxCost: maxCostUsd, maxTokens, maxTime: maxTimeMs, grace }: BudgetOptions,
): Promise<RunBudget> {
  const limits: BudgetLimits = { maxCostUsd, maxTokens, maxTimeMs };
  const budget = new RunBudget(limits, {
    clock,
    requestsAtOnce: Math.max(1, requestsAtOnce),
    ranMs,
    openPrices,
    onExceeded: (problem) => {
      tell(`Limit reached: ${problem}. Nothing new starts; what runs has ${grace / 1000} s to finish.`);
      stop.drain({ reason: `limit: ${problem}`, exitCode: EXIT_CODE_OF_LIMITS }, grace);
    },
  });
  await budget.openPrices(modelIds);
  return budget;
}

/** All models that a run is known to ask: the agents' and the prompts'. */
export function knownModels(
  starts: readonly { readonly id: string }[],
  { byName }: AgentCatalog,
  models: RunModels,
): ReadonlySet<string> {
  return new Set([...starts.map(({ id }) => id), ...[...byName.values()].map(({ model }) => model ?? models.id)]);
}

/** What to add to the resume command so that the run can go on: a higher limit, if one was reached. */
export function moreOf({ reached }: RunBudget): string {
  return reached === undefined ? '' : ` ${OPTIONS[reached]}`;
}

const OPTIONS: Readonly<Record<keyof BudgetLimits, string>> = {
  maxCostUsd: '--max-cost <more>',
  maxTokens: '--max-tokens <more>',
  maxTimeMs: '--max-time <more>',
};

/** Stopped, and can be resumed. */
export const EXIT_CODE_OF_LIMITS = 75;
