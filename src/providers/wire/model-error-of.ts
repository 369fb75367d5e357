import { cutOff } from '../../contract/cut-off.ts';
import type { ModelErrorCode } from '../../contract/model.ts';
import { ModelError } from '../../contract/model.ts';
import type { ServerFailure } from './server-failure.ts';
import { classifyFailure } from './server-failure.ts';
import { causesOf, describeTransport, isBrokenStream, rootMessage } from './transport-error.ts';

/** Where requests go: what messages tell the person who has to mend it. */
export interface Destination {
  /** `provider/name`. */
  readonly modelId: string;
  readonly baseUrl: string;
  /** The environment variable that holds the key. */
  readonly keyName: string;
}

/** The longest that a server's own words are quoted. */
const LONGEST_QUOTE = 500;

/** Any error of an SDK or of the transport under it as the one kind that the rest of the program knows. */
export function modelErrorOf(
  error: unknown,
  destination: Destination,
  readFailure: (error: unknown) => ServerFailure | undefined,
): ModelError {
  const known = causesOf(error).find((cause) => cause instanceof ModelError);
  if (known) return known;
  const failure = readFailure(error);
  if (failure) return failureError(failure, destination, error);
  if (isBrokenStream(error)) {
    return new ModelError('incomplete_stream', 'The response broke off in the middle of an event.', { cause: error });
  }
  const transport = describeTransport(error);
  if (transport) {
    return new ModelError('connection', `Cannot reach ${destination.baseUrl}: ${transport}.`, { cause: error });
  }
  const reason = oneLine(rootMessage(error));
  return new ModelError('unavailable', `Cannot ask ${destination.modelId} at ${destination.baseUrl}: ${reason}.`, {
    cause: error,
  });
}

/** The error of a failure that the server itself told of. */
export function failureError(failure: ServerFailure, destination: Destination, cause?: unknown): ModelError {
  const code = classifyFailure(failure);
  const said = [failure.status ?? 'in its stream', oneLine(wordsOf(failure.message))].filter(Boolean).join(': ');
  const { state, wayOut } = explain(code, destination);
  return new ModelError(code, `Cannot ask ${destination.modelId}: ${state} (${said}).${wayOut}`, {
    status: failure.status,
    retryAfterMs: failure.retryAfterMs,
    shouldRetry: failure.shouldRetry,
    cause,
  });
}

function explain(code: ModelErrorCode, { keyName }: Destination): { readonly state: string; readonly wayOut: string } {
  switch (code) {
    case 'rate_limited':
      return { state: 'too many requests', wayOut: '' };
    case 'quota':
      return { state: 'the account has no quota left', wayOut: ' Check its plan and billing.' };
    case 'authentication':
      return { state: 'the server refused the key', wayOut: ` Check ${keyName}.` };
    case 'rejected':
      return { state: 'the server refused the request', wayOut: '' };
    default:
      return { state: 'the server failed', wayOut: '' };
  }
}

/** Of a page its title, which says more than its first tags. */
function wordsOf(message: string): string {
  const [, title] = (/^\s*</.test(message) && /<title[^>]*>([^<]+)/i.exec(message)) || [];
  return title ?? message;
}

function oneLine(text: string): string {
  return cutOff(text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, ''), LONGEST_QUOTE);
}
