import type { Taken } from '../../async/window-budget.ts';
import { WindowBudget } from '../../async/window-budget.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ModelRequest, Usage } from '../../contract/model.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { ServerAllowance } from './server-allowance.ts';

/** The rates that a person has set. */
export interface RateOptions {
  readonly clock: Clock;
  /** Requests that may start within any minute. */
  readonly rpm?: number | undefined;
  /** Tokens, in and out, of requests that start within any minute. */
  readonly tpm?: number | undefined;
}

const MINUTE_MS = 60_000;

/** How many tokens a response is expected to have before there was any. */
const FIRST_GUESS_TOKENS = 256;
/** Over how many responses the mean of their tokens is taken. */
const MEAN_OVER = 50;

/** How many requests may start by the rates: those that were set, and those that the server tells. */
export class Rates {
  readonly server: ServerAllowance;
  readonly #requests: WindowBudget | undefined;
  readonly #tokens: WindowBudget | undefined;
  #meanOutput = FIRST_GUESS_TOKENS;
  #responses = 0;

  constructor({ clock, rpm, tpm }: RateOptions) {
    this.server = new ServerAllowance(clock);
    if (rpm !== undefined) this.#requests = new WindowBudget({ amount: rpm, perMs: MINUTE_MS }, clock);
    if (tpm !== undefined) this.#tokens = new WindowBudget({ amount: tpm, perMs: MINUTE_MS }, clock);
  }

  /** About how many tokens a request and its response have, going by its size and by the responses before it. */
  estimate(request: ModelRequest): number {
    return estimateTokens(request) + Math.ceil(this.#meanOutput);
  }

  /** How long until a request of so many tokens may start. */
  waitMs(tokens: number): number {
    return Math.max(this.#requests?.waitMs(1) ?? 0, this.#tokens?.waitMs(tokens) ?? 0, this.server.waitMs(tokens));
  }

  /** A request of so many tokens starts. */
  take(tokens: number): Taken | undefined {
    this.#requests?.take(1);
    this.server.take(tokens);
    return this.#tokens?.take(tokens);
  }

  /** How many tokens were really used is known now. */
  correct(taken: Taken | undefined, usage: Usage): void {
    this.#responses = Math.min(MEAN_OVER, this.#responses + 1);
    this.#meanOutput += (usage.outputTokens - this.#meanOutput) / this.#responses;
    if (taken) this.#tokens?.correct(taken, usage.inputTokens + usage.outputTokens);
  }

  /** The server turned the request away: its tokens were not used. */
  giveBack(taken: Taken | undefined): void {
    if (taken) this.#tokens?.correct(taken, 0);
  }
}
