import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/contract/model.ts';
import { openPrices } from '../../src/run/prices.ts';

const USAGE = { ...NO_USAGE, inputTokens: 100_000, outputTokens: 10_000 };

describe('The price list', async () => {
  const priceOf = await openPrices();

  it('knows models of every vendor that can be named', () => {
    for (const model of ['openai/gpt-5.6-luna', 'openai-chat/gpt-4o-mini', 'gemini/gemini-3.8-flash']) {
      expect(priceOf(model, USAGE), model).toBeGreaterThan(0);
    }
  });

  it('takes an OpenAI model for the same whatever protocol it is spoken to in', () => {
    expect(priceOf('openai-chat/gpt-5.2', USAGE)).toBe(priceOf('openai/gpt-5.2', USAGE));
  });

  it('charges less for input that was cached', () => {
    const [fresh, cached] = [0, 90_000].map((cachedInputTokens) => {
      return priceOf('openai/gpt-5.2', { ...USAGE, cachedInputTokens }) ?? 0;
    });
    expect(cached).toBeLessThan(fresh ?? 0);
    expect(cached).toBeGreaterThan(0);
  });

  it('knows no price of the offline model, of models of other vendors and of names that are none', () => {
    for (const model of [
      'sim/offline',
      'openai-chat/llama3.3',
      'openai/gpt-99',
      '__proto__/x',
      'toString/x',
      'x',
      '',
    ]) {
      expect(priceOf(model, USAGE), model).toBeUndefined();
    }
  });

  it('stands numbers of tokens that make no sense', () => {
    const odd = { ...USAGE, inputTokens: Number.NaN, cachedInputTokens: 500, outputTokens: -1 };
    expect(priceOf('openai/gpt-5.2', odd)).toBe(0);
    expect(priceOf('openai/gpt-5.2', { ...USAGE, cachedInputTokens: 1e9 })).toBeGreaterThan(0);
  });
});
