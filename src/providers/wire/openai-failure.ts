import type { JsonObject } from '../../contract/json.ts';
import { readGoogleStatus } from './google-status.ts';
import type { HeaderLookup } from './retry-after.ts';
import { retryAfterInText, retryAfterMs, shouldRetry } from './retry-after.ts';
import type { ServerFailure } from './server-failure.ts';

/** What the package says of a failure that the server said nothing of. */
const NO_BODY = /^\d{3} status code \(no body\)$/;

/**
 * What a server of OpenAI's protocols said, if `error` is the `openai` package's report of it. Told by its shape: the
 * package need not be loaded.
 */
export function openaiFailure(error: unknown, now: Date): ServerFailure | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('error' in error)) return undefined;
  const status = typeof error.status === 'number' ? error.status : undefined;
  // The package's connection errors have the same shape, empty.
  if (status === undefined && !error.error) return undefined;
  const headers = 'headers' in error && isHeaderLookup(error.headers) ? error.headers : undefined;
  const { message } = error;
  return describe(status, error.error, headers, now, NO_BODY.test(message) ? '' : message.replace(/^\d{3} /, ''));
}

/** The same for an error that the server put into a stream as an ordinary event or into a failed response. */
export function openaiStreamFailure(payload: unknown, now: Date): ServerFailure {
  return describe(undefined, payload, undefined, now, 'The server reported an error.');
}

function describe(
  status: number | undefined,
  payload: unknown,
  headers: HeaderLookup | undefined,
  now: Date,
  fallback: string,
): ServerFailure {
  const fields = typeof payload === 'object' && payload !== null ? payload : {};
  // Google serves this protocol, too.
  const google = readGoogleStatus(fields as JsonObject);
  const named = [fieldOf(fields, 'code'), fieldOf(fields, 'type')];
  const message = textOf(payload) ?? fallback;
  // Some servers put the status of a failure inside a stream where OpenAI has a name.
  const numeric = named.map(Number).find((code) => code >= 400 && code < 600);
  return {
    status: status ?? numeric,
    kinds: [...named.filter((kind) => typeof kind === 'string').map((kind) => kind.toLowerCase()), ...google.kinds],
    message,
    retryAfterMs: (headers && retryAfterMs(headers, now)) ?? google.retryAfterMs ?? retryAfterInText(message),
    shouldRetry: headers && shouldRetry(headers),
  };
}

/** `{"error":"…"}`, `{"error":{"message":"…"}}` and `{"detail":"…"}` are all in use. */
function textOf(payload: unknown): string | undefined {
  if (typeof payload === 'string') return payload;
  if (typeof payload !== 'object' || payload === null) return undefined;
  const text = fieldOf(payload, 'message') ?? fieldOf(payload, 'detail');
  return typeof text === 'string' ? text : JSON.stringify(payload);
}

function fieldOf(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function isHeaderLookup(value: unknown): value is HeaderLookup {
  return typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function';
}
