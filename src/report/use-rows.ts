import type { ModelUses } from './model-use.ts';
import { sumUses } from './model-use.ts';
import { showCost, showUsage } from './show-number.ts';
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
  const total = { label: 'tokens', text: named.join(', ') };
  if (uses.size < 2) return [total];
  return [
    total,
    ...[...uses].map(([model, { usage }]) => ({ label: '', text: `${showText(model)} ${showUsage(usage)}` })),
  ];
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
