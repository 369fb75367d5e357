import type { Provider } from '@pydantic/genai-prices';
import type { Usage } from '../contract/model.ts';

/** What a response of a model, named `provider/name`, costs in US dollars at list price; nothing where no price is known. */
export type PriceOf = (modelId: string, usage: Usage) => number | undefined;

/** The price list's names of the providers whose models have prices; compatible servers are taken for what they imitate. */
const VENDORS: Readonly<Record<string, string>> = { openai: 'openai', 'openai-chat': 'openai', gemini: 'google' };

/** Loads the bundled price list. Cached input is priced as such, and no request is made. */
export async function openPrices(): Promise<PriceOf> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  /** What the list has for a model, so that it is searched only once for each. */
  const found = new Map<string, Provider | undefined>();
  return (modelId, usage) => {
    const slash = modelId.indexOf('/');
    const provider = modelId.slice(0, slash);
    if (!canHavePrice(modelId)) return undefined;
    const name = modelId.slice(slash + 1).replace(/^models\//, '');
    const { inputTokens, cachedInputTokens, outputTokens } = usage;
    const counted = {
      input_tokens: count(inputTokens),
      cache_read_tokens: Math.min(count(cachedInputTokens), count(inputTokens)),
      output_tokens: count(outputTokens),
    };
    const known = found.get(modelId);
    if (!known && found.has(modelId)) return undefined;
    const price = calcPrice(counted, name, known ? { provider: known } : { providerId: VENDORS[provider] ?? provider });
    if (!known) found.set(modelId, price ? { ...price.provider, models: [price.model] } : undefined);
    return price?.total_price;
  };
}

/** Whether a model is of a provider that the price list knows; if not, the list need not be loaded for it. */
export function canHavePrice(modelId: string): boolean {
  return Object.hasOwn(VENDORS, modelId.slice(0, modelId.indexOf('/')));
}

/** A server may send what is no number of tokens, and the price list throws at that. */
function count(tokens: number): number {
  return Number.isFinite(tokens) && tokens > 0 ? tokens : 0;
}
