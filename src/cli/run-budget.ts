import { systemClock } from '../async/system-clock.ts';
import type { BudgetLimits } from '../run/budget.ts';
import { RunBudget } from '../run/budget.ts';
import { openPrices } from '../run/prices.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { AgentCatalog } from './load-agents.ts';
import type { RunModels } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';

/** What limits a budget, and how long what runs has when it is used up. */
export type BudgetOptions = Pick<RunOptions, 'maxCost' | 'maxTokens' | 'maxTime' | 'grace'>;

/**
 * The budget of a run, which lets what runs finish when a limit is reached and starts nothing new.
 *
 * @param ranMs how long earlier parts of the run took
 * @throws {UserError} if there is a limit of cost, and a model without a price
 */
export async function openRunBudget(
  modelIds: Iterable<string>,
  stop: StopControl,
  options: BudgetOptions,
  ranMs: number,
): Promise<RunBudget> {
  const budget = new RunBudget(limitsOf(options), {
    clock: systemClock,
    ranMs,
    openPrices,
    onExceeded: (problem) => {
      tell(`Limit reached: ${problem}. Nothing new starts; what runs has ${options.grace / 1000} s to finish.`);
      stop.drain({ reason: `limit: ${problem}`, exitCode: EXIT_CODE }, options.grace);
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

/** What to add to a command so that it goes on: more of what was used up. */
export function moreOf({ exceededBy }: RunBudget): string {
  return exceededBy === undefined ? '' : ` ${OPTIONS[exceededBy]}`;
}

const OPTIONS: Readonly<Record<keyof BudgetLimits, string>> = {
  maxCostUsd: '--max-cost <more>',
  maxTokens: '--max-tokens <more>',
  maxTimeMs: '--max-time <more>',
};

/** Stopped, and can be gone on with. */
const EXIT_CODE = 75;

function limitsOf({ maxCost, maxTokens, maxTime }: BudgetOptions): BudgetLimits {
  return {
    ...(maxCost === undefined ? {} : { maxCostUsd: maxCost }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(maxTime === undefined ? {} : { maxTimeMs: maxTime }),
  };
}
