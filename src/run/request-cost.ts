import type { Usage } from '../contract/model.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { Amount } from './allowance.ts';
import { NANO } from './allowance.ts';

/** Far more than a response has, so that the price of one token comes out exactly. */
const MANY = 1e6;

/** What a request costs whose input is known and whose output is not: an amount for the input, and one for each token of output. */
export class RequestCost {
  readonly inputTokens: number;
  readonly #inputNanoUsd: number;
  readonly #nanoUsdPerToken: number;

  /** @param priceOf in US dollars; nothing where there is no price, which is taken for none */
  constructor(inputTokens: number, priceOf: (usage: Usage) => number | undefined) {
    const input = { ...NO_USAGE, inputTokens };
    this.inputTokens = inputTokens;
    this.#inputNanoUsd = (priceOf(input) ?? 0) * NANO;
    this.#nanoUsdPerToken = ((priceOf({ ...input, outputTokens: MANY }) ?? 0) * NANO - this.#inputNanoUsd) / MANY;
  }

  /** What it takes if so many tokens are written. */
  with(outputTokens: number): Amount {
    const nanoUsd = Math.ceil(this.#inputNanoUsd + outputTokens * this.#nanoUsdPerToken);
    return { tokens: this.inputTokens + outputTokens, nanoUsd };
  }

  /** How many tokens may be written for that amount; negative if it is not even enough for the input. */
  outputWithin({ tokens, nanoUsd }: Amount): number {
    if (this.#inputNanoUsd > nanoUsd) return -1;
    const affordable = Math.floor((nanoUsd - this.#inputNanoUsd) / this.#nanoUsdPerToken);
    const most = Math.min(tokens - this.inputTokens, this.#nanoUsdPerToken > 0 ? affordable : tokens);
    return this.with(most).nanoUsd > nanoUsd ? most - 1 : most;
  }
}
