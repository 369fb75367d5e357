import { systemClock } from '../async/system-clock.ts';
import type { Clock } from '../contract/clock.ts';
import { cutOff } from '../contract/cut-off.ts';
import { messageOf } from '../contract/errors.ts';
import type { OtlpRequest } from '../report/formats/otlp.ts';
import { otlpRequests } from '../report/formats/otlp.ts';
import type { RecordedRun } from '../report/formats/recorded-run.ts';
import { secrets } from './secrets.ts';

/** Where spans are sent, and how. */
export interface OtlpTarget {
  readonly endpoint: string;
  /** What was said is sent too. */
  readonly content?: boolean;
  /** May say further headers in `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

const ATTEMPTS = 3;
const ATTEMPT_MS = 10_000;
const LONGEST_WAIT_MS = 5000;
/** https://opentelemetry.io/docs/specs/otlp/#failures-1 */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Sends a run's spans by OTLP over HTTP, in JSON. Returns what went wrong, in a sentence, or nothing; never throws. After
 * the first request that cannot be sent, it sends no other.
 */
export async function sendOtlp(run: RecordedRun, target: OtlpTarget): Promise<string | undefined> {
  try {
    const url = tracesUrl(target.endpoint);
    let rejected = '';
    for await (const request of otlpRequests(run, { withContents: target.content ?? false })) {
      const outcome = await send(request, url, target);
      if (!outcome.ok) return `Cannot send spans to ${url.origin}: ${outcome.problem}.`;
      if (outcome.rejected !== undefined) rejected = outcome.rejected;
    }
    return rejected === '' ? undefined : `Not all spans were taken by ${url.origin}: ${rejected}.`;
  } catch (error) {
    return `Cannot send spans to ${target.endpoint}: ${reasonOf(error)}`;
  }
}

/** An endpoint's address for traces: its own path, or else the one that all collectors have. */
function tracesUrl(endpoint: string): URL {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url;
}

type Outcome = { readonly ok: true; readonly rejected?: string } | { readonly ok: false; readonly problem: string };

async function send(
  { body }: OtlpRequest,
  url: URL,
  { environment, clock = systemClock }: OtlpTarget,
): Promise<Outcome> {
  const { username, password } = url;
  const address = new URL(url);
  address.username = '';
  address.password = '';
  const headers = {
    'content-type': 'application/json',
    ...(username === ''
      ? {}
      : { authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}` }),
    ...headersOf(environment['OTEL_EXPORTER_OTLP_HEADERS'] ?? ''),
  };
  let problem = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    let askedMs = 0;
    try {
      const signal = AbortSignal.timeout(ATTEMPT_MS);
      const response = await fetch(address, {
        method: 'POST',
        headers,
        body: secrets.text(body),
        signal,
        redirect: 'error',
      });
      const text = cutOff(await response.text(), 2000);
      if (response.ok) return { ok: true, ...rejectedIn(text) };
      problem = `it answered ${response.status}${text.trim() === '' ? '' : `: ${cutOff(text.trim(), 200)}`}`;
      if (!PASSING.includes(response.status)) break;
      askedMs = 1000 * (Number(response.headers.get('retry-after')) || 0);
    } catch (error) {
      problem = reasonOf(error);
      if (!isPassing(error)) break;
    }
    if (attempt < ATTEMPTS) await clock.sleep(Math.min(LONGEST_WAIT_MS, Math.max(askedMs, 500 * attempt)));
  }
  return { ok: false, problem };
}

/** Whether a connection broke, so that the next one may hold; where nobody listens, asking again soon is no use. */
function isPassing(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'EAI_AGAIN'].includes(code);
}

/** `name=value,name=value`, each percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) headers[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim());
  }
  return headers;
}

function rejectedIn(text: string): { readonly rejected?: string } {
  try {
    const { partialSuccess = {} } = JSON.parse(text);
    const { rejectedSpans = 0, errorMessage = '' } = partialSuccess;
    if (Number(rejectedSpans) > 0)
      return { rejected: `${Number(rejectedSpans)} rejected${errorMessage && `, ${String(errorMessage)}`}` };
  } catch {
    // The collector took them: what else it says does not matter.
  }
  return {};
}

/** `fetch` says what went wrong only in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && cause.message !== '' ? cause.message : messageOf(error);
}
