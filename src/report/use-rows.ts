import type { EstimatedUse } from '../contract/event.ts';
import type { ModelUse, ModelUses } from './model-use.ts';
import { sumUses } from './model-use.ts';
import { showCost, showCount, showUsage } from './show-number.ts';
import { showText } from './show-text.ts';
import type { ModeTiming } from './timing.ts';
import type { TimingRow } from './timing-rows.ts';

/** What the run took in tokens and money: in all, and for each model if there were several. */
export function useRows(modes: readonly ModeTiming[]): TimingRow[] {
  const uses = sumUses(modes.map(({ models }) => models));
  return [...tokenRows(modes, uses), ...costRows(uses)];
}

function tokenRows(modes: readonly ModeTiming[], uses: ModelUses): TimingRow[] {
  const named = modes.map(({ mode, usage }) => (modes.length > 1 ? `${mode} ` : '') + showUsage(usage));
  const several = uses.size < 2 ? [] : [...uses].map(([model, { usage }]) => `${showText(model)} ${showUsage(usage)}`);
  return [
    { label: 'tokens', text: named.join(', ') },
    ...several.map((text) => ({ label: '', text })),
    ...estimateRows([...uses.values()]),
  ];
}

/** What nobody counted is kept apart from what vendors did. */
function estimateRows(uses: readonly ModelUse[]): TimingRow[] {
  const requests = uses.reduce((total, { uncounted }) => total + uncounted, 0);
  if (requests === 0) return [];
  const estimates = uses.map(({ estimate }) => estimate);
  const [input, output] = [sum(estimates, 'inputTokens'), sum(estimates, 'outputTokens')];
  const costUsd = sum(estimates, 'costUsd');
  const cost = costUsd > 0 ? ` (${showCost(costUsd)})` : '';
  const those =
    requests === 1 ? 'a request that broke off or was' : `${showCount(requests)} requests that broke off or were`;
  const text = `about ${showCount(input)} in / ${showCount(output)} out more${cost}: estimated for ${those} not counted`;
  return [{ label: '', text }];
}

function sum(estimates: readonly EstimatedUse[], what: keyof EstimatedUse): number {
  return estimates.reduce((total, { [what]: amount = 0 }) => total + amount, 0);
}

function costRows(uses: ModelUses): TimingRow[] {
  const unpriced = [...uses].filter(([, { costUsd }]) => costUsd === undefined).map(([model]) => showText(model));
  const priced = [...uses].flatMap(([model, { costUsd }]) => (costUsd === undefined ? [] : [{ model, costUsd }]));
  const unknown = unpriced.length === 0 ? [] : [`no price for ${unpriced.join(', ')}`];
  if (priced.length === 0) return unknown.map((text) => ({ label: 'cost', text }));
  const total = priced.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const text = ['at list price', ...unknown].join('; ');
  const rows = priced.map(({ model, costUsd }) => ({ label: '', number: showCost(costUsd), text: showText(model) }));
  return [{ label: 'cost', number: showCost(total), text }, ...(uses.size > 1 ? rows : [])];
}
