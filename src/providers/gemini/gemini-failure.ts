import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { isList, isObject } from '../../contract/json.ts';
import { readGoogleStatus } from '../wire/google-status.ts';
import { retryAfterMs, shouldRetry } from '../wire/retry-after.ts';
import type { ServerFailure } from '../wire/server-failure.ts';
import { HttpFailure } from './gemini-client.ts';

/** What Gemini said, if `error` is a report of it: an HTTP failure, or the SDK's `ApiError` for one inside a stream. */
export function geminiFailure(error: unknown, now: Date): ServerFailure | undefined {
  if (error instanceof HttpFailure) {
    const { status, headers, body } = error;
    const failure = describe(status, body);
    return {
      ...failure,
      retryAfterMs: failure.retryAfterMs ?? retryAfterMs(headers, now),
      shouldRetry: shouldRetry(headers),
    };
  }
  if (error instanceof Error && error.name === 'ApiError' && 'status' in error && typeof error.status === 'number') {
    return describe(error.status, error.message.slice(error.message.indexOf('{')));
  }
  return undefined;
}

function describe(status: number, body: string): ServerFailure {
  const error = errorIn(body);
  const message = error['message'];
  return {
    status,
    ...readGoogleStatus(error),
    message: typeof message === 'string' ? message : body,
    shouldRetry: undefined,
  };
}

/** The error that a body holds, which is in a list where a stream was asked for; empty if it holds none. */
function errorIn(body: string): JsonObject {
  try {
    const parsed: JsonValue = JSON.parse(body);
    const whole = isList(parsed) ? parsed[0] : parsed;
    const error = isObject(whole) ? whole['error'] : undefined;
    return isObject(error) ? error : {};
  } catch {
    return {};
  }
}
