import { describe, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/contract/model.ts';
import { estimateInputTokens, mostOutputTokens } from '../../src/run/request-size.ts';

const request = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  instructions: '',
  messages: [],
  tools: [],
  ...more,
});
const grown = (more: Partial<ModelRequest>) => estimateInputTokens(request(more)) - estimateInputTokens(request());

describe('The estimate of a request', () => {
  it('is about a token for every four letters, wherever they stand', () => {
    const text = 'x'.repeat(4000);
    const calls = [{ callId: 'c', name: 'read', argumentsText: text }];
    const places: readonly Partial<ModelRequest>[] = [
      { instructions: text },
      { messages: [{ role: 'user', text }] },
      { messages: [{ role: 'assistant', text: '', calls }] },
      { messages: [{ role: 'tools', outcomes: [{ kind: 'ok', callId: 'c', output: text }] }] },
      { messages: [{ role: 'tools', outcomes: [{ kind: 'failed', callId: 'c', code: 'threw', message: text }] }] },
      { tools: [{ name: 'read', description: text, parameters: {} }] },
      { tools: [{ name: 'read', description: '', parameters: { type: 'object', description: text } }] },
    ];
    for (const place of places) {
      expect(grown(place)).toBeGreaterThanOrEqual(1000);
      expect(grown(place)).toBeLessThan(1050);
    }
  });

  it('takes more for scripts whose letters are more than a byte', () => {
    const [latin = 0, japanese = 0] = ['x', '東'].map((letter) => grown({ instructions: letter.repeat(1000) }));
    expect(japanese).toBeGreaterThan(2 * latin);
  });

  it('counts what a model has to be sent back once, although it is also there as text', () => {
    const text = 'x'.repeat(4000);
    const echo = { modelId: 'openai/x', items: [{ type: 'message', text }] };
    const tokens = grown({ messages: [{ role: 'assistant', text, calls: [], echo }] });
    expect(tokens).toBeLessThan(1050);
  });
});

describe('The most that a model writes', () => {
  it('is what its vendor says, and open for models that are not known', () => {
    expect(mostOutputTokens('openai/gpt-5.6-luna')).toBe(128_000);
    expect(mostOutputTokens('openai-chat/gpt-4o-mini')).toBe(16_384);
    expect(mostOutputTokens('gemini/gemini-3.8-flash')).toBe(65_536);
    expect(mostOutputTokens('gemini/models/gemini-2.5-pro')).toBe(65_536);
    expect(mostOutputTokens('openai-chat/gpt-4-turbo')).toBe(4096);
    expect(mostOutputTokens('sim/offline')).toBeUndefined();
    expect(mostOutputTokens('openai-chat/llama3.3')).toBeUndefined();
  });
});
