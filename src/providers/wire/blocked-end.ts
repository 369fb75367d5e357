import type { ModelEvent } from '../../contract/model.ts';
import { NO_USAGE } from '../../contract/model.ts';
import type { ServerFailure } from './server-failure.ts';

/** The ending of a response that a content filter refused before it began, if that is what `failure` is. */
export function blockedEnd(failure: ServerFailure): ModelEvent | undefined {
  if (!failure.kinds.some((kind) => kind === 'content_filter' || kind === 'content_policy_violation')) return undefined;
  return { kind: 'end', stop: 'blocked', text: '', detail: failure.message, usage: NO_USAGE };
}
