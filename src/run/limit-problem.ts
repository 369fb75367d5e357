import type { Amount } from './allowance.ts';
import { NANO } from './allowance.ts';

/** What a run may use up, over all its conversations and those that they delegate. */
export interface BudgetLimits {
  /** US dollars at list price. */
  readonly maxCostUsd?: number | undefined;
  /** Input and output of all requests. */
  readonly maxTokens?: number | undefined;
  /** From the start of the run to now, while a process worked on it. */
  readonly maxTimeMs?: number | undefined;
}

/** A limit, and how it was reached in words that name the option. */
export interface LimitProblem {
  readonly limit: keyof BudgetLimits;
  readonly text: string;
}

/** Another request does not fit into what is left. */
export function noRoom(passed: keyof Amount | undefined, { limits, used, need }: Room): LimitProblem {
  if (passed === 'nanoUsd') {
    const { maxCostUsd = 0 } = limits;
    const [spent, limit, more] = [used.nanoUsd / NANO, maxCostUsd, need.nanoUsd / NANO].map(dollars);
    return {
      limit: 'maxCostUsd',
      text: `--max-cost: ${spent} of ${limit} are used, and another request may cost ${more}`,
    };
  }
  const [spent, limit, more] = [used.tokens, limits.maxTokens ?? 0, need.tokens].map(whole);
  return {
    limit: 'maxTokens',
    text: `--max-tokens: ${spent} of ${limit} are used, and another request may take ${more}`,
  };
}

interface Room {
  readonly limits: BudgetLimits;
  readonly used: Amount;
  readonly need: Amount;
}

/** A response was cut off where it would have passed what was set aside for it. */
export function cutOff(limits: BudgetLimits, outputTokens: number): LimitProblem {
  const isOfCost = limits.maxCostUsd !== undefined;
  const why = `cut off after ${whole(outputTokens)} tokens of output, as many as could be set aside for it`;
  return { limit: isOfCost ? 'maxCostUsd' : 'maxTokens', text: `${isOfCost ? '--max-cost' : '--max-tokens'}: ${why}` };
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}
