import type { CassetteRecorder, ExchangeEnd, RecordedExchange, RecordedPiece } from '../../contract/cassette.ts';
import type { Clock } from '../../contract/clock.ts';
import { messageOf } from '../../contract/errors.ts';
import type { JsonValue } from '../../contract/json.ts';
import { thousandths } from '../../contract/thousandths.ts';
import type { ExchangeObserver, Headers } from './exchange.ts';
import { currentConversation } from './whose-request.ts';

/** The headers that a client goes by. None of them says who asked. */
const KEPT =
  /^(content-type|retry-after|retry-after-ms|x-should-retry|x-ratelimit-(limit|remaining|reset)-(requests|tokens))$/;

/** What a recording is made with. */
export interface ExchangeRecording {
  /** `provider/name`. */
  readonly model: string;
  readonly recorder: CassetteRecorder;
  readonly clock: Clock;
}

/** Has the exchange that begins now recorded when it is over, or when the recording ends. */
export function recordExchange(body: string | null, { model, recorder, clock }: ExchangeRecording): ExchangeObserver {
  const startedAtMs = clock.now();
  const atMs = () => thousandths(clock.now() - startedAtMs);
  const conversation = currentConversation();
  const request = JSON.parse(body ?? 'null') as JsonValue;
  let response: RecordedExchange['response'];
  let pieces = new Pieces(false);
  const write = (end: ExchangeEnd) => {
    if (!recorder.underWay.delete(leave)) return;
    const known = response ? { response } : {};
    recorder.write({ kind: 'exchange', conversation, model, request, ...known, body: pieces.all(), end });
  };
  const leave = () => write({ how: 'left', atMs: atMs() });
  recorder.underWay.add(leave);
  return {
    begun: (status, headers) => {
      // Where a request is sent on, what counts is the response that it gets there.
      if (status >= 300 && status < 400) recorder.underWay.delete(leave);
      response = { atMs: atMs(), status, headers: keptHeaders(headers, clock.date()) };
      pieces = new Pieces(/^text\/event-stream\b/i.test(response.headers['content-type'] ?? ''));
    },
    arrived: (chunk) => pieces.add(chunk, atMs()),
    complete: () => write({ how: 'complete', atMs: atMs() }),
    failed: (error) => write({ how: 'failed', atMs: atMs(), ...describe(error) }),
    left: leave,
  };
}

/** The text of a body: of a stream, event by event as they arrive, so that no piece ends inside of one. */
class Pieces {
  readonly #isStream: boolean;
  readonly #decoder = new TextDecoder();
  readonly #whole: RecordedPiece[] = [];
  #rest = '';
  #restAtMs = 0;

  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  add(chunk: Uint8Array, atMs: number): void {
    this.#rest += this.#decoder.decode(chunk, { stream: true });
    this.#restAtMs = atMs;
    if (this.#isStream) this.#take(endOfEvents(this.#rest));
  }

  all(): readonly RecordedPiece[] {
    this.#rest += this.#decoder.decode();
    this.#take(this.#rest.length);
    return this.#whole;
  }

  #take(length: number): void {
    if (length === 0) return;
    this.#whole.push([this.#restAtMs, this.#rest.slice(0, length)]);
    this.#rest = this.#rest.slice(length);
  }
}

/** Where the last whole event ends: a blank line does. */
function endOfEvents(text: string): number {
  return Math.max(
    0,
    ...['\n\n', '\r\n\r\n', '\r\r'].map((end) => text.lastIndexOf(end) + end.length * +text.includes(end)),
  );
}

function keptHeaders(headers: Headers, now: Date): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !KEPT.test(name)) continue;
    const text = typeof value === 'string' ? value : value.join(', ');
    kept[name] = name === 'retry-after' ? inSeconds(text, now) : text;
  }
  return kept;
}

/** A date would be over when the response is replayed. */
function inSeconds(retryAfter: string, now: Date): string {
  const at = /^[\d.]+$/.test(retryAfter) ? Number.NaN : Date.parse(retryAfter);
  return Number.isNaN(at) ? retryAfter : `${Math.max(0, Math.ceil((at - now.getTime()) / 1000))}`;
}

/** What a client can tell failures of connections apart by: the code, which may be that of a cause. */
function describe(error: unknown): { readonly code?: string; readonly message: string } {
  for (let cause = error; cause instanceof Error; ) {
    if ('code' in cause && typeof cause.code === 'string') return { code: cause.code, message: cause.message };
    cause = cause instanceof AggregateError && cause.cause === undefined ? cause.errors[0] : cause.cause;
  }
  return { message: messageOf(error) };
}
