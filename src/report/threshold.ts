/** A bound that something about a whole run is held to. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: Metric;
  readonly operator: '<' | '<=' | '>' | '>=';
  /** Milliseconds, US dollars, a share, or a number. */
  readonly bound: number;
}

/** What can be bounded. `p1` to `p99.9` and beyond are percentiles of how long conversations took, from their start. */
export type Metric = 'speedup' | 'failed' | 'cost' | 'tokens' | 'wall' | `p${number}`;

/** A threshold from a text such as `speedup>=3`, `p95<20s`, `failed<=1%` or `cost<=0.50`, or what is wrong with it. */
export function parseThreshold(
  text: string,
): { readonly ok: true; readonly threshold: Threshold } | { readonly ok: false; readonly problem: string } {
  const refuse = (rule: string) => ({ ok: false, problem: `Cannot use "${text}" as a threshold: ${rule}.` }) as const;
  const [, name, operator, value = ''] = /^\s*([\w.]+)\s*(<=|>=|<|>)\s*(\S+(?: [a-z%]+)?)\s*$/.exec(text) ?? [];
  if (name === undefined) return refuse('it must be such as speedup>=3, p95<20s, failed<=1% or cost<=0.50');
  if (!isMetric(name)) return refuse('there are speedup, failed, cost, tokens, wall, and percentiles such as p95');
  const { units, says } = SCALES[name] ?? TIME;
  const [, number, unit = ''] = /^\$?(\d+(?:\.\d+)?) ?([a-z%]*)$/.exec(value) ?? [];
  const inUnit = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (number === undefined || !inUnit) return refuse(`${name} is held to ${says}`);
  const bound = inUnit(Number(number));
  return { ok: true, threshold: { text, metric: name, operator: operator as Threshold['operator'], bound } };
}

/** Whether a threshold is about how long single conversations took. */
export function needsDurations({ metric }: Threshold): boolean {
  return isPercentile(metric);
}

interface Scale {
  /** What a number stands for, by its unit. */
  readonly units: Readonly<Record<string, (number: number) => number>>;
  readonly says: string;
}

const times = (factor: number) => (number: number) => number * factor;

const TIME: Scale = {
  units: { '': times(1000), ms: times(1), s: times(1000), m: times(60_000), h: times(3_600_000) },
  says: 'a time such as 20s, 1.5m or 500ms',
};

const SCALES: Readonly<Record<string, Scale>> = {
  speedup: { units: { '': times(1), x: times(1) }, says: 'a number such as 3 or 2.5' },
  failed: { units: { '%': (percent) => percent / 100 }, says: 'a share such as 1%' },
  cost: { units: { '': times(1) }, says: 'an amount of US dollars such as 0.50' },
  tokens: { units: { '': times(1), k: times(1000), m: times(1e6) }, says: 'a number such as 20000 or 20k' },
  wall: TIME,
};

function isMetric(name: string): name is Metric {
  return Object.hasOwn(SCALES, name) || isPercentile(name);
}

function isPercentile(name: string): name is `p${number}` {
  return /^p[1-9]\d?(\.\d+)?$/.test(name);
}
