import type { SimFault } from './fault.ts';
import type { Reply } from './reply.ts';

/** What OpenAI says is wrong with a request. */
export interface OpenAiProblem {
  readonly status?: number;
  readonly message: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** What a server that failed says. */
export const SERVER_ERROR = 'The server had an error while processing your request. Sorry about that!';

/** An error in the shape of OpenAI's APIs; status 400 and `invalid_request_error` unless said otherwise. */
export function openAiError(problem: OpenAiProblem, headers: Readonly<Record<string, string>> = {}): Reply {
  const { status = 400, message, type = 'invalid_request_error', param = null, code = null } = problem;
  const text = JSON.stringify({ error: { message, type, param, code } }, undefined, 2);
  return { kind: 'whole', status, headers, text, tokens: 0 };
}

/** The error that a fault answers with instead of a response, or undefined if the fault comes later or not at all. */
export function openAiFault(fault: SimFault | undefined, retryAfterSeconds: number): Reply | undefined {
  switch (fault?.kind) {
    case '429':
      return openAiError(
        {
          status: 429,
          message: 'Rate limit reached for requests. Please try again later.',
          type: 'requests',
          code: 'rate_limit_exceeded',
        },
        { ...noneLeft(fault, retryAfterSeconds), ...retryHeaders(fault, retryAfterSeconds) },
      );
    case 'quota':
      return openAiError({
        status: 429,
        message:
          'You exceeded your current quota, please check your plan and billing details. For more information on this ' +
          'error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      });
    case '500':
      return openAiError({
        status: 500,
        message: SERVER_ERROR,
        type: 'server_error',
      });
    case '503':
      return openAiError({
        status: 503,
        message: 'The server is currently overloaded with other requests. Sorry about that! Please retry.',
        type: 'service_unavailable_error',
        code: 'server_is_overloaded',
      });
    default:
      return undefined;
  }
}

function noneLeft(fault: SimFault & { kind: '429' }, fallbackSeconds: number): Readonly<Record<string, string>> {
  const reset = `${Math.round((fault.retryAfterSeconds ?? fallbackSeconds) * 1000)}ms`;
  return { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': reset };
}

function retryHeaders(fault: SimFault & { kind: '429' }, fallbackSeconds: number): Readonly<Record<string, string>> {
  const seconds = fault.retryAfterSeconds ?? fallbackSeconds;
  const inSeconds = { 'retry-after': String(Math.ceil(seconds)) };
  const inMilliseconds = { 'retry-after-ms': String(Math.round(seconds * 1000)) };
  switch (fault.retryHeader) {
    case 'seconds':
      return inSeconds;
    case 'milliseconds':
      return inMilliseconds;
    case 'date':
      return { 'retry-after': new Date(Date.now() + seconds * 1000).toUTCString() };
    case 'none':
      return {};
    default:
      return { ...inSeconds, ...inMilliseconds };
  }
}
