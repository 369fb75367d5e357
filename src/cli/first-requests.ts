import { handoffSpec } from '../agent/handoff.ts';
import type { Agent } from '../contract/agent.ts';
import { NO_USAGE } from '../contract/model.ts';
import type { Prompt } from '../contract/prompt.ts';
import { showCost, showCount } from '../report/show-number.ts';
import { showText } from '../report/show-text.ts';
import type { PriceOf } from '../run/prices.ts';
import { canHavePrice, openPrices } from '../run/prices.ts';
import { estimateInputTokens } from '../run/request-size.ts';

/** Estimates what the first request of each prompt takes: of those that follow nothing is known before a run. */
export class FirstRequests {
  readonly #unpriced = new Set<string>();
  #inputTokens = 0;
  #costUsd = 0;
  #isPriced = false;
  #opening: Promise<PriceOf> | undefined;

  async add({ text, system }: Prompt, { instructions, tools, handoffs }: Agent, modelId: string): Promise<void> {
    const inputTokens = estimateInputTokens({
      instructions: system ?? instructions,
      messages: [{ role: 'user', text }],
      tools: [...tools.map(({ spec }) => spec), ...handoffs.map(handoffSpec)],
    });
    this.#inputTokens += inputTokens;
    if (canHavePrice(modelId)) this.#opening ??= openPrices();
    const costUsd = (await this.#opening)?.(modelId, { ...NO_USAGE, inputTokens });
    if (costUsd === undefined) this.#unpriced.add(modelId);
    else this.#isPriced = true;
    this.#costUsd += costUsd ?? 0;
  }

  /** In one line. */
  describe(): string {
    const unknown = [...this.#unpriced].map((model) => showText(model)).join(', ');
    return [
      `estimate: the first requests are about ${showCount(this.#inputTokens)} tokens in`,
      ...(this.#isPriced ? [`${showCost(this.#costUsd)} at list price`] : []),
      ...(unknown === '' ? [] : [`no price for ${unknown}`]),
      'answers and what follows come on top',
    ].join('; ');
  }
}
