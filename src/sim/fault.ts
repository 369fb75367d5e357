import type { Random } from './random.ts';

/** Everything that can be made to go wrong, by the name it has on the command line. */
export const SIM_FAULT_NAMES = [
  '429',
  'quota',
  '500',
  '503',
  'reset',
  'cut',
  'stall',
  'half-event',
  'error-event',
  'failed',
  'malformed',
  'truncated',
  'blocked',
  'refused',
  'missing-ids',
  'duplicate-ids',
  'index-zero',
] as const;

/** One of the faults. */
export type SimFaultName = (typeof SIM_FAULT_NAMES)[number];

/** How a 429 says when to come back: `retry-after` in seconds or as a date, `retry-after-ms`, both numbers, or not at all. */
type RetryHeader = 'both' | 'seconds' | 'milliseconds' | 'date' | 'none';

/**
 * What goes wrong with one response. A fault that a protocol has no words for leaves the response as it is, except
 * that `failed` becomes an error inside the stream and `refused` a blocked answer where there is no refusal.
 */
export type SimFault =
  | {
      readonly kind: Exclude<SimFaultName, '429' | 'reset' | 'error-event' | 'blocked'>;
    }
  /** Too many requests; says how long to wait, by default as the settings have it. */
  | { readonly kind: '429'; readonly retryAfterSeconds?: number; readonly retryHeader?: RetryHeader }
  /** The socket is destroyed; `before-headers` by default. */
  | { readonly kind: 'reset'; readonly when?: 'before-headers' | 'mid-stream' }
  /** The stream ends with an error; in Responses with an `event:` line, unless `eventLine` is false. */
  | { readonly kind: 'error-event'; readonly eventLine?: boolean }
  /** A filter stops the answer; Gemini can also block the `prompt`. */
  | { readonly kind: 'blocked'; readonly what?: 'answer' | 'prompt' };

/** The fault that chance holds for a request, if any: one draw for which, a second one for how. */
export function drawFault(probabilities: Partial<Record<SimFaultName, number>>, random: Random): SimFault | undefined {
  let left = random();
  for (const kind of SIM_FAULT_NAMES) {
    left -= probabilities[kind] ?? 0;
    if (left < 0) return withVariant(kind, random() < 0.5);
  }
  return undefined;
}

function withVariant(kind: SimFaultName, first: boolean): SimFault {
  switch (kind) {
    case 'reset':
      return { kind, when: first ? 'before-headers' : 'mid-stream' };
    case 'error-event':
      return { kind, eventLine: first };
    case 'blocked':
      return { kind, what: first ? 'answer' : 'prompt' };
    default:
      return { kind };
  }
}
