import { showCost, showCount, showDuration } from './show-number.ts';

/** A bound that something about a whole run is held to. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: Metric;
  readonly operator: Operator;
  /** Milliseconds, US dollars, a share, or a number. */
  readonly bound: number;
}

/** What can be bounded. `p10` to `p99` are percentiles of how long conversations took, from their start. */
type Metric = 'speedup' | 'failed' | 'cost' | 'tokens' | 'wall' | `p${number}`;
type Operator = '<' | '<=' | '>' | '>=';

/** What thresholds are held against; what cannot be told is absent. */
export interface ThresholdFacts {
  readonly speedup?: { readonly times: number; readonly how: 'estimated' | 'measured' };
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

/** A threshold from a text such as `speedup>=3`, `p95<20s`, `failed<=1%` or `cost<=0.50`, or what is wrong with it. */
export function parseThreshold(
  text: string,
): { readonly ok: true; readonly threshold: Threshold } | { readonly ok: false; readonly problem: string } {
  const refuse = (rule: string) => ({ ok: false, problem: `Cannot use "${text}" as a threshold: ${rule}.` }) as const;
  const [, name, operator, value = ''] = /^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$/.exec(text) ?? [];
  if (name === undefined) return refuse('it must be such as speedup>=3, p95<20s, failed<=1% or cost<=0.50');
  if (!isMetric(name)) return refuse('there are speedup, failed, cost, tokens, wall, and percentiles such as p95');
  const { units, says } = kindOf(name);
  const [, number, unit = ''] = /^\$?(\d+(?:\.\d+)?)([a-z%]*)$/.exec(value) ?? [];
  const inUnit = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (number === undefined || !inUnit) return refuse(`${name} is held to ${says}`);
  return { ok: true, threshold: { text, metric: name, operator: operator as Operator, bound: inUnit(Number(number)) } };
}

/** Whether a threshold is about how long single conversations took. */
export function needsDurations({ metric }: Threshold): boolean {
  return isPercentile(metric);
}

/** Holds the facts to each threshold. What cannot be told is missed. */
export function judgeThresholds(thresholds: readonly Threshold[], facts: ThresholdFacts): readonly ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { metric, operator, bound } = threshold;
    const found = find(metric, facts);
    if (found === undefined) return { threshold, isMet: false, text: UNKNOWN[metric] ?? 'it cannot be told' };
    const isMet = COMPARE[operator](found.value, bound);
    const { show } = kindOf(metric);
    const off = show(Math.abs(found.value - bound));
    const by = found.value === bound ? 'just at the bound' : `${off} ${found.value > bound ? 'above' : 'below'} it`;
    const how = found.how === undefined ? '' : ` (${found.how})`;
    return { threshold, isMet, text: `${show(found.value)}${how}${isMet ? '' : `, ${by}`}` };
  });
}

const UNKNOWN: Readonly<Partial<Record<Metric, string>>> = {
  speedup: 'it cannot be told: the two modes did not do the same work, or nothing was run in parallel',
  cost: 'it cannot be told: a model has no price',
};

const COMPARE: Readonly<Record<Operator, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

interface Kind {
  /** What a number stands for, by its unit. */
  readonly units: Readonly<Record<string, (number: number) => number>>;
  readonly says: string;
  readonly show: (value: number) => string;
}

const times = (factor: number) => (number: number) => number * factor;

const TIME: Kind = {
  units: { '': times(1000), ms: times(1), s: times(1000), m: times(60_000), h: times(3_600_000) },
  says: 'a time such as 20s, 1.5m or 500ms',
  show: showDuration,
};

const KINDS: Readonly<Record<string, Kind>> = {
  speedup: {
    units: { '': times(1), x: times(1) },
    says: 'a number such as 3 or 2.5',
    show: (ratio) => ratio.toFixed(2),
  },
  failed: {
    units: { '%': (percent) => percent / 100 },
    says: 'a share such as 1%',
    show: (share) => `${Number((share * 100).toFixed(2))} %`,
  },
  cost: { units: { '': times(1) }, says: 'an amount of US dollars such as 0.50', show: showCost },
  tokens: {
    units: { '': times(1), k: times(1000), m: times(1e6) },
    says: 'a number such as 20000 or 20k',
    show: showCount,
  },
  wall: TIME,
};

function kindOf(metric: Metric): Kind {
  return KINDS[metric] ?? TIME;
}

function isMetric(name: string): name is Metric {
  return Object.hasOwn(KINDS, name) || isPercentile(name);
}

function isPercentile(name: string): name is `p${number}` {
  return /^p[1-9]\d$/.test(name);
}

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
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}
