import type { JsonValue } from '../../contract/json.ts';
import type { SimFault } from '../fault.ts';
import type { Reply } from '../reply.ts';

/** An error in the shape of Google's APIs. */
export function geminiError(code: number, message: string, details: readonly JsonValue[] = []): Reply {
  return { kind: 'whole', status: code, text: geminiErrorText(code, message, details), tokens: 0 };
}

/** The JSON of an error, as a body or as a chunk of a stream. */
export function geminiErrorText(code: number, message: string, details: readonly JsonValue[] = []): string {
  const status = STATUS[code] ?? 'UNKNOWN';
  return JSON.stringify({ error: { code, message, status, ...(details.length > 0 && { details }) } });
}

/** The error that a fault answers with instead of a response, or undefined if the fault comes later or not at all. */
export function geminiFault(fault: SimFault | undefined, retryAfterSeconds: number): Reply | undefined {
  switch (fault?.kind) {
    case '429': {
      const retryDelay = `${fault.retryAfterSeconds ?? retryAfterSeconds}s`;
      const details = fault.retryHeader === 'none' ? [] : [{ '@type': `${TYPES}RetryInfo`, retryDelay }];
      return geminiError(429, 'Resource has been exhausted (e.g. check quota).', details);
    }
    case 'quota':
      return geminiError(
        429,
        'You exceeded your current quota, please check your plan and billing details. For more information on this ' +
          'error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.',
        [{ '@type': `${TYPES}QuotaFailure`, violations: [DAILY_QUOTA] }],
      );
    case '500':
      return geminiError(500, INTERNAL);
    case '503':
      return geminiError(503, OVERLOADED);
    default:
      return undefined;
  }
}

/** What a server that failed says. */
export const INTERNAL =
  'An internal error has occurred. Please retry or report in https://ai.google.dev/gemini-api/docs/troubleshooting';

/** What a server that has too much to do says. */
export const OVERLOADED = 'The model is overloaded. Please try again later.';

const TYPES = 'type.googleapis.com/google.rpc.';

const DAILY_QUOTA = {
  quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
  quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
  quotaValue: '250',
};

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};
