import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { parseObject } from '../wire/argument-object.ts';
import { goDurationMs, retryAfterMs, shouldRetry } from '../wire/retry-after.ts';
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

/** Reads the body of `google.rpc.Status`: its details say what no status does. */
function describe(status: number, body: string): ServerFailure {
  const error = objectIn(parseObject(body)?.['error']);
  const details = objectsIn(error?.['details']);
  return {
    status,
    kinds: [
      ...textIn(error?.['status']),
      ...details.flatMap((detail) => textIn(detail['reason'])),
      ...(details.some(isDailyQuota) ? ['quota_per_day'] : []),
    ].map((kind) => kind.toLowerCase()),
    message: textIn(error?.['message'])[0] ?? body,
    retryAfterMs: details.flatMap((detail) => textIn(detail['retryDelay'])).map(goDurationMs)[0],
    shouldRetry: undefined,
  };
}

/** A minute's quota comes back while one waits; a day's does not. */
function isDailyQuota(detail: JsonObject): boolean {
  return objectsIn(detail['violations']).some(({ quotaId }) => textIn(quotaId).some((id) => id.includes('PerDay')));
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return list.map(objectIn).filter((item) => item !== undefined);
}

function objectIn(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function textIn(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'string' && value ? [value] : [];
}
