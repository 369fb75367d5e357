import type { ModelErrorCode } from '../../contract/model.ts';
import { ModelError } from '../../contract/model.ts';

const PASSING: ReadonlySet<ModelErrorCode> = new Set([
  'rate_limited',
  'server',
  'connection',
  'incomplete_stream',
  'idle',
  'malformed',
]);

/** Whether a failure may go away when asked again. */
export function isPassing(error: unknown): error is ModelError {
  return error instanceof ModelError && PASSING.has(error.code) && error.shouldRetry !== false;
}

/** Whether a failure shows that the provider answers: what is wrong is what it was asked, or how it put its answer. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ModelError && (error.code === 'rejected' || error.code === 'malformed');
}

/** Whether a failure is that of every request to come: of an account, not of a request. */
export function isLasting(error: unknown): error is ModelError {
  return error instanceof ModelError && (error.code === 'quota' || error.code === 'authentication');
}

/** The error to give up with after so many attempts, of which the last failed with `error`. */
export function gaveUp(error: ModelError, attempts: number): ModelError {
  if (attempts === 1) return error;
  const message = `${error.message} Gave up after ${attempts} attempts.`;
  return new ModelError(error.code, message, { ...error, cause: error });
}

/** The error to give up with if the server asks for a longer wait than is allowed. */
export function askedTooLong(error: ModelError, maxRetryWaitMs: number): ModelError | undefined {
  const askedMs = error.retryAfterMs ?? 0;
  if (askedMs <= maxRetryWaitMs) return undefined;
  const [asked, most] = [askedMs, maxRetryWaitMs].map((ms) => Math.ceil(ms / 1000));
  const message = `${error.message} The server asks to wait ${asked} s, which is longer than the ${most} s allowed.`;
  return new ModelError('rate_limited', message, { ...error, cause: error });
}

/** The error of a provider that no longer answers, not even probes, the last of which failed with `last`. */
export function providerDown(modelId: string, last: ModelError | undefined): ModelError {
  const reason = last ? ` The last failure: ${last.message}` : '';
  const message = `Cannot ask ${modelId}: it has answered no request for ten minutes.${reason}`;
  return new ModelError('provider_down', message, { status: last?.status, cause: last });
}
