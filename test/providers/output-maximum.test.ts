import { describe, expect, it } from 'vitest';
import { OutputMaximum } from '../../src/providers/wire/output-maximum.ts';

const refused = (message: string, status = 400) => Object.assign(new Error(message), { status });

describe('The most tokens that a server lets be asked for', () => {
  it.each([
    [
      'max_tokens is too large: 9000. This model supports at most 4096 completion tokens, whereas you provided 9000.',
      4096,
    ],
    ["Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 8000, but got 9000 instead.", 8000],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 4096]', 4096],
    [
      'Unable to submit request: maxOutputTokens value of 9000 but the supported range is from 1 (inclusive) to 8193 (exclusive)',
      8192,
    ],
    ['max_tokens is too large.', 4500],
  ])('is what it says when it refuses more, or half: %s', (message, expected) => {
    const maximum = new OutputMaximum();
    expect(maximum.within(9000)).toBe(9000);
    expect(maximum.smaller(refused(message), 9000)).toBe(expected);
    expect(maximum.within(9000)).toBe(expected);
    expect(maximum.within(100)).toBe(100);
    expect(maximum.within(undefined)).toBeUndefined();
  });

  it.each([
    ['something else was refused', refused('Unknown parameter: "tools".')],
    ['the input alone is too long', refused('maximum context length is 4096 tokens, you requested 9000 input tokens')],
    ['the context is full', refused('Your input exceeds the context window of this model.')],
    ['the server has failed', refused('max_tokens is too large', 500)],
    ['the line broke', new Error('max_tokens is too large')],
  ])('is not asked about when %s', (_, error) => {
    expect(new OutputMaximum().smaller(error, 9000)).toBeUndefined();
  });

  it('is not asked for below what is worth it', () => {
    const maximum = new OutputMaximum();
    let sent: number | undefined = 9000;
    const asked: number[] = [];
    while (sent !== undefined) {
      asked.push(sent);
      sent = maximum.smaller(refused('max_tokens is too large.'), sent);
    }
    expect(asked).toEqual([9000, 4500, 2250, 1125, 562, 281]);
  });
});
