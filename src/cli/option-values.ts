import { messageOf, UserError } from '../contract/errors.ts';
import { secrets } from './secrets.ts';

/** A parser of a whole number from `least` up, for the option of that name. */
export function wholeNumber(option: string, least = 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw misfit(text, option, `it must be a whole number from ${least} up`);
  };
}

/** A parser of whole numbers from 1 up, separated by commas. */
export function wholeNumbers(option: string): (text: string) => readonly number[] {
  const parse = wholeNumber(option);
  return (text) => text.split(',').map((part) => parse(part.trim()));
}

/** A parser of some of the names that there are, separated by commas. */
export function someOf<T extends string>(option: string, names: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(',').map((part) => {
      const name = names.find((each) => each === part.trim());
      if (name !== undefined) return name;
      throw misfit(text, option, `it must be of ${names.join(', ')}, with commas between`);
    });
}

/** A parser of a length of time: `90`, `90s`, `1.5m`, `2h` or `500ms`, in milliseconds. A bare number is in seconds. */
export function duration(option: string): (text: string) => number {
  const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return (text) => {
    const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
    const ms = Number(number) * unitsMs[unit as keyof typeof unitsMs];
    if (ms > 0 && ms <= MAX_TIMER_MS) return ms;
    throw misfit(text, option, 'it must be a time such as 90s, 1.5m or 500ms, at most 24 days');
  };
}

/** A parser of a size: `65536`, `64k` or `1m`, in bytes; no larger than a text can be. */
export function byteSize(option: string): (text: string) => number {
  const units = { '': 1, k: 1024, m: 1024 ** 2 };
  return (text) => {
    const [, number, unit = ''] = /^(\d+)([km]?)$/i.exec(text) ?? [];
    const bytes = Number(number) * units[unit.toLowerCase() as keyof typeof units];
    if (bytes > 0 && bytes <= MOST_BYTES) return bytes;
    throw misfit(text, option, 'it must be a size such as 65536, 64k or 1m, at most 256m');
  };
}

/** A parser of an amount of US dollars. */
export function dollars(option: string): (text: string) => number {
  return (text) => {
    const usd = Number(text.replace(/^\$/, ''));
    if (/^\$?\d+(\.\d+)?$/.test(text) && usd > 0 && usd <= MOST_DOLLARS) return usd;
    throw misfit(text, option, 'it must be an amount of US dollars such as 5 or 0.50');
  };
}

/** The address of a collector, as it was given; a password in it is kept out of everything that is written. */
export function otlpEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) {
    if (url.password !== '') secrets.add('--otlp', url.password);
    return text;
  }
  throw misfit(text, '--otlp', 'it must be an address such as http://localhost:4318');
}

/** A parser of a regular expression. */
export function pattern(option: string): (text: string) => RegExp {
  return (text) => {
    try {
      return new RegExp(text, 'u');
    } catch (error) {
      throw misfit(text, option, messageOf(error));
    }
  };
}

const MOST_BYTES = 256 * 1024 ** 2;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Billionths of a dollar are still counted exactly. */
const MOST_DOLLARS = 1_000_000;

function misfit(text: string, option: string, rule: string): UserError {
  return new UserError(`Cannot use "${text}" as ${option}: ${rule}.`);
}
