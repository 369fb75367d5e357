import { TokenBucket } from '../../async/token-bucket.ts';
import type { Clock } from '../../contract/clock.ts';
import type { HeaderLookup } from '../wire/retry-after.ts';
import { goDurationMs } from '../wire/retry-after.ts';

/** A server that says nothing more for so long is believed no longer. */
const BELIEVED_MS = 60_000;

/** What had been started when a request was sent. */
export interface Sent {
  readonly number: number;
  readonly requests: number;
  readonly tokens: number;
}

/**
 * How much the server has said it will still take, from the headers `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`
 * of its responses: https://platform.openai.com/docs/guides/rate-limits
 */
export class ServerAllowance {
  readonly #requests: Allowance;
  readonly #tokens: Allowance;
  #sent = 0;
  #newest = 0;

  constructor(clock: Clock) {
    this.#requests = new Allowance('requests', clock);
    this.#tokens = new Allowance('tokens', clock);
  }

  /** How long until the server takes one more request of so many tokens. */
  waitMs(tokens: number): number {
    return Math.max(this.#requests.waitMs(1), this.#tokens.waitMs(tokens));
  }

  /** How many more requests of so many tokens it takes now; undefined where it has not said. */
  room(tokens: number): number | undefined {
    const requests = this.#requests.level;
    const ofTokens = this.#tokens.level;
    if (requests === undefined) return undefined;
    return ofTokens === undefined ? requests : Math.min(requests, ofTokens / Math.max(1, tokens));
  }

  /** One more request of so many tokens starts. */
  take(tokens: number): void {
    this.#requests.take(1);
    this.#tokens.take(tokens);
  }

  /** A request is sent: what is returned here is wanted again with the headers of its response. */
  send(): Sent {
    this.#sent += 1;
    return { number: this.#sent, requests: this.#requests.taken, tokens: this.#tokens.taken };
  }

  /** Learns from the headers of the response to what was `sent`, unless a later one has told already. */
  learn(sent: Sent, headers: HeaderLookup): void {
    if (sent.number < this.#newest) return;
    this.#newest = sent.number;
    this.#requests.learn(headers, sent.requests);
    this.#tokens.learn(headers, sent.tokens);
  }
}

/** One of the two things that are counted. */
class Allowance {
  readonly #what: 'requests' | 'tokens';
  readonly #clock: Clock;
  #taken = 0;
  #bucket: TokenBucket | undefined;
  #believedUntilMs = 0;

  constructor(what: 'requests' | 'tokens', clock: Clock) {
    this.#what = what;
    this.#clock = clock;
  }

  /** All that was ever taken. */
  get taken(): number {
    return this.#taken;
  }

  get level(): number | undefined {
    return this.#believed()?.level;
  }

  waitMs(amount: number): number {
    const bucket = this.#believed();
    return bucket ? Math.min(bucket.waitMs(amount), this.#believedUntilMs - this.#clock.now()) : 0;
  }

  take(amount: number): void {
    this.#taken += amount;
    this.#bucket?.take(amount);
  }

  learn(headers: HeaderLookup, takenWhenSent: number): void {
    const remaining = count(headers.get(`x-ratelimit-remaining-${this.#what}`));
    const limit = count(headers.get(`x-ratelimit-limit-${this.#what}`));
    if (remaining === undefined || limit === undefined || limit <= 0) return;
    const resetMs = goDurationMs(headers.get(`x-ratelimit-reset-${this.#what}`) ?? '') ?? BELIEVED_MS;
    // The reset is when the server would have its whole limit again, and it comes back evenly until then.
    const perMs = (remaining < limit ? limit - remaining : limit) / Math.max(1, resetMs);
    // What was sent after this request is not in what the server says remains.
    const level = remaining - (this.#taken - takenWhenSent);
    this.#bucket = new TokenBucket({ capacity: limit, perMs, level }, this.#clock);
    this.#believedUntilMs = this.#clock.now() + BELIEVED_MS;
  }

  #believed(): TokenBucket | undefined {
    if (this.#bucket && this.#clock.now() >= this.#believedUntilMs) this.#bucket = undefined;
    return this.#bucket;
  }
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
