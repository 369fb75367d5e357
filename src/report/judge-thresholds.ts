import { showCost, showCount, showDuration } from './show-number.ts';
import type { Metric, Threshold } from './threshold.ts';

/** What thresholds are held against; what cannot be told is absent. */
export interface ThresholdFacts {
  readonly speedup?: { readonly times: number; readonly how: 'estimated' | 'measured' | 'virtual' };
  /** Of the conversations: the share of those that did not end as they should. */
  readonly failed: number;
  readonly costUsd?: number | undefined;
  readonly tokens: number;
  readonly wallMs?: number;
  readonly durationsMs: readonly number[];
}

/** What came of holding something to a threshold. */
export interface ThresholdResult {
  readonly threshold: Threshold;
  readonly isMet: boolean;
  /** What was found, and by how much it misses the bound if it does. */
  readonly text: string;
}

/** Holds the facts to each threshold. What cannot be told is missed. */
export function judgeThresholds(thresholds: readonly Threshold[], facts: ThresholdFacts): readonly ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { metric, operator, bound } = threshold;
    const found = find(metric, facts);
    if (found === undefined) return { threshold, isMet: false, text: UNKNOWN[metric] ?? 'it cannot be told' };
    const isMet = COMPARE[operator](found.value, bound);
    const show = SHOW[metric] ?? showDuration;
    const off = show(Math.abs(found.value - bound));
    // What is too little to be shown is still too much.
    const amount = /[1-9]/.test(off) ? off : 'just';
    const by = found.value === bound ? 'just at it' : `${amount} ${found.value > bound ? 'above' : 'below'} it`;
    const how = found.how === undefined ? '' : ` (${found.how})`;
    return { threshold, isMet, text: `${show(found.value)}${how}${isMet ? '' : `, ${by}`}` };
  });
}

const UNKNOWN: Readonly<Partial<Record<Metric, string>>> = {
  speedup: 'it cannot be told: the two modes did not do the same work, or nothing was run in parallel',
  cost: 'it cannot be told: a model has no price',
};

const COMPARE: Readonly<Record<Threshold['operator'], (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

const SHOW: Readonly<Partial<Record<Metric, (value: number) => string>>> = {
  speedup: (ratio) => ratio.toFixed(2),
  failed: (share) => `${Number((share * 100).toFixed(2))} %`,
  cost: showCost,
  tokens: showCount,
};

function find(metric: Metric, facts: ThresholdFacts): { readonly value: number; readonly how?: string } | undefined {
  switch (metric) {
    case 'speedup':
      return facts.speedup && { value: facts.speedup.times, how: facts.speedup.how };
    case 'failed':
      return { value: facts.failed };
    case 'cost':
      return facts.costUsd === undefined ? undefined : { value: facts.costUsd };
    case 'tokens':
      return { value: facts.tokens };
    case 'wall':
      return facts.wallMs === undefined ? undefined : { value: facts.wallMs };
    default: {
      const value = percentile(facts.durationsMs, Number(metric.slice(1)));
      return value === undefined ? undefined : { value };
    }
  }
}

/** The smallest of the values that at least so many percent of them do not exceed. */
function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  // A product that is a whole number may come out a little above it.
  return sorted[Math.ceil((percent / 100) * sorted.length - 1e-9) - 1];
}
