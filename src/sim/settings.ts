import type { SimFaultName } from './fault.ts';
import { SIM_FAULT_NAMES } from './fault.ts';

/** How the offline model behaves. */
export interface SimSettings {
  /** From the request to the first token. */
  readonly firstTokenMs: number;
  /** How fast it writes; 0 writes everything the moment the first token is due. */
  readonly tokensPerSecond: number;
  /** The same seed makes the same faults and ids for the same requests in the same order. */
  readonly seed: number;
  /** How often each fault happens, from 0 to 1; together at most 1. */
  readonly faults: Readonly<Partial<Record<SimFaultName, number>>>;
  /** What a 429 asks for. */
  readonly retryAfterSeconds: number;
  /** How long a stalled stream says nothing before its socket is closed. */
  readonly stallMs: number;
}

/** No faults, and 50 ms a turn. */
export const DEFAULT_SIM_SETTINGS: SimSettings = {
  firstTokenMs: 50,
  tokensPerSecond: 0,
  seed: 1,
  faults: {},
  retryAfterSeconds: 1,
  stallMs: 600_000,
};

/** Settings from words such as `ttft=50`, `tps=200`, `seed=7`, `429=0.1`, or what is wrong with them. */
export function parseSimSettings(
  words: readonly string[],
): { readonly ok: true; readonly settings: SimSettings } | { readonly ok: false; readonly problem: string } {
  let settings = DEFAULT_SIM_SETTINGS;
  for (const word of words) {
    const [key = '', text] = splitOnce(word);
    const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
    const limit = LIMITS.get(key);
    if (!limit) return { ok: false, problem: `Cannot use "${word}" as a setting of the offline model: ${KEYS_HELP}` };
    if (!(number >= 0 && number <= limit.max) || (limit.whole && !Number.isInteger(number))) {
      return {
        ok: false,
        problem: `Cannot use "${word}" as a setting of the offline model: it must be ${limit.says}.`,
      };
    }
    settings = withSetting(settings, key, number);
  }
  const sum = Object.values(settings.faults).reduce((total, probability) => total + probability, 0);
  if (sum > 1 + 1e-9) {
    return {
      ok: false,
      problem: `Cannot use these faults of the offline model: together they happen ${sum} times per request. Make their sum at most 1.`,
    };
  }
  return { ok: true, settings };
}

interface Limit {
  readonly max: number;
  readonly whole?: boolean;
  readonly says: string;
}

const LIMITS: ReadonlyMap<string, Limit> = new Map<string, Limit>([
  ['ttft', { max: 3_600_000, says: 'milliseconds, from 0 to 3600000' }],
  ['tps', { max: 1_000_000, says: 'tokens per second, from 0 (as fast as possible) to 1000000' }],
  ['seed', { max: 0xffff_ffff, whole: true, says: 'a whole number from 0 to 4294967295' }],
  ['retry-after', { max: 86_400, says: 'seconds, from 0 to 86400' }],
  ['stall-ms', { max: 86_400_000, says: 'milliseconds, from 0 to 86400000' }],
  ...SIM_FAULT_NAMES.map((name): [string, Limit] => [name, { max: 1, says: 'a probability from 0 to 1' }]),
]);

const KEYS_HELP = `it must be key=value with one of the keys ${[...LIMITS.keys()].join(', ')}.`;

function withSetting(settings: SimSettings, key: string, number: number): SimSettings {
  switch (key) {
    case 'ttft':
      return { ...settings, firstTokenMs: number };
    case 'tps':
      return { ...settings, tokensPerSecond: number };
    case 'seed':
      return { ...settings, seed: number };
    case 'retry-after':
      return { ...settings, retryAfterSeconds: number };
    case 'stall-ms':
      return { ...settings, stallMs: number };
    default:
      return { ...settings, faults: { ...settings.faults, [key]: number } };
  }
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at).trim(), word.slice(at + 1)];
}
