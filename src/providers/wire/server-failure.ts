import type { ModelErrorCode } from '../../contract/model.ts';

/** What a server said when it refused a request or gave up on it, in no vendor's words. */
export interface ServerFailure {
  /** The HTTP status; none for what was said inside a stream that had begun well. */
  readonly status: number | undefined;
  /** The vendor's names for it: codes, types, reasons, statuses. */
  readonly kinds: readonly string[];
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;
}

const NO_QUOTA =
  /^(insufficient_quota|insufficient_balance|billing_hard_limit_reached|billing_not_active|billing_disabled|quota_per_day)$/;
const NO_ACCESS =
  /^(invalid_api_key|api_key_invalid|authentication_error|unauthenticated|permission_denied|permission_error|invalid_organization|account_deactivated)$/;
const TOO_FAST = /^(rate_limit_exceeded|rate_limit_error|too_many_requests|resource_exhausted)$/;
const NOT_AS_ASKED =
  /^(invalid_|unsupported_|bad_?request|context_length_exceeded|model_not_found|not_found|failed_precondition)|image|policy|residency/;

/** Which statuses may go away when asked again. */
const PASSING = new Set([408, 409, 425]);

/** What a failure means for whoever asked: whether it may go away, and if not, whose it is to mend. */
export function classifyFailure({ status, kinds, message, shouldRetry }: ServerFailure): ModelErrorCode {
  const isA = (kind: RegExp) => kinds.some((name) => kind.test(name));
  if (isA(NO_QUOTA) || status === 402) return 'quota';
  if (isA(NO_ACCESS) || status === 401 || status === 403) return 'authentication';
  // One request larger than a whole minute's allowance comes as 429, but waiting does not shrink it.
  if (status === 429) return /^request too large/i.test(message) ? 'rejected' : 'rate_limited';
  if (status === undefined) return isA(TOO_FAST) ? 'rate_limited' : isA(NOT_AS_ASKED) ? 'rejected' : 'server';
  if (status >= 500 || PASSING.has(status) || shouldRetry) return 'server';
  return 'rejected';
}
