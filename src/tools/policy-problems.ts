import { isObject } from '../contract/json.ts';
import type { Lock } from '../contract/tool.ts';

/** What is wrong with a tool's policy, whoever wrote it: `its timeoutMs must be a number above 0` and the like. */
export function policyProblems(policy: object): readonly string[] {
  const problems = Object.entries(policy)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
      if (!rule) return `it has no policy "${key}"; there are ${Object.keys(RULES).join(', ')}`;
      return rule.holds(value) ? undefined : `its ${key} must be ${rule.says}`;
    })
    .filter((problem) => problem !== undefined);
  const { effect, retry, cache } = policy as Readonly<Record<string, unknown>>;
  if (effect === 'unsafe' && isObject(retry)) {
    problems.push('its retry needs an effect of pure, read or idempotent, since an unsafe tool runs at most once');
  }
  if (effect !== 'pure' && isObject(cache)) problems.push('its cache needs the effect pure');
  return problems;
}

/** Whether a value is a list of locks, by their names or with their modes. */
export function areLocks(value: unknown): value is readonly (string | Lock)[] {
  return Array.isArray(value) && value.every(isLock);
}

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly says: string;
}

const EFFECTS: readonly unknown[] = ['pure', 'read', 'idempotent', 'unsafe'];

const RULES: Readonly<Record<string, Rule>> = {
  effect: { holds: (value) => EFFECTS.includes(value), says: 'one of pure, read, idempotent, unsafe' },
  timeoutMs: { holds: isPositive, says: 'a number above 0' },
  locks: {
    holds: (value) => typeof value === 'function' || areLocks(value),
    says: 'a list of names or of { name, mode: "shared" | "exclusive" }, or a function that gives one',
  },
  retry: {
    holds: (value) =>
      isObject(value) &&
      isCount(value['attempts']) &&
      (value['backoffMs'] === undefined || isPositive(value['backoffMs'])),
    says: '{ attempts, backoffMs? }, attempts a whole number above 0',
  },
  cache: {
    holds: (value) =>
      value === false ||
      (isObject(value) &&
        (value['scope'] === 'conversation' || value['scope'] === 'run') &&
        (value['ttlMs'] === undefined || isPositive(value['ttlMs']))),
    says: 'false or { scope: "conversation" | "run", ttlMs? }',
  },
  concurrency: { holds: isCount, says: 'a whole number above 0' },
  rate: {
    holds: (value) => isObject(value) && isCount(value['calls']) && isPositive(value['perMs']),
    says: '{ calls, perMs }, both above 0',
  },
  priority: { holds: (value) => typeof value === 'number' && Number.isFinite(value), says: 'a number' },
  after: {
    holds: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    says: 'a list of tool names',
  },
  approval: { holds: isBoolean, says: 'true or false' },
  thread: { holds: isBoolean, says: 'true or false' },
  isolate: { holds: (value) => value === 'process', says: '"process"' },
};

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && isPositive(value);
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isLock(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return (
    isObject(value) && typeof value['name'] === 'string' && ['shared', 'exclusive'].includes(String(value['mode']))
  );
}
