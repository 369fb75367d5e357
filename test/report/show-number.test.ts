import { describe, expect, it } from 'vitest';
import { showCost, showCounted, showDuration, showMoment, showUsage } from '../../src/report/show-number.ts';

describe('showDuration', () => {
  it.each([
    [0, '0.00 s'],
    [4.9, '0.00 s'],
    [310, '0.31 s'],
    [59_994, '59.99 s'],
    [59_996, '1 min 00 s'],
    [125_400, '2 min 05 s'],
    [3_599_600, '1 h 00 min 00 s'],
    [3_725_000, '1 h 02 min 05 s'],
  ])('shows %d ms as %s', (ms, shown) => {
    expect(showDuration(ms)).toBe(shown);
  });
});

describe('showMoment', () => {
  it.each([
    [812.9, '00:00.812'],
    [62_345, '01:02.345'],
    [3_662_345, '01:01:02.345'],
  ])('shows %d ms as %s', (ms, shown) => {
    expect(showMoment(ms)).toBe(shown);
  });
});

describe('showCost', () => {
  it.each([
    [0, '$0.00'],
    [0.00009, '<$0.0001'],
    [0.00012, '$0.0001'],
    [0.5, '$0.50'],
    [0.0123, '$0.0123'],
    [0.99999, '$1.00'],
    [1234.5, '$1,234.50'],
  ])('shows %d dollars as %s', (usd, shown) => {
    expect(showCost(usd)).toBe(shown);
  });
});

it('counts say what they count', () => {
  expect(showCounted(1, 'conversation')).toBe('1 conversation');
  expect(showCounted(2100, 'conversation')).toBe('2,100 conversations');
});

it('usage names its cached and its reasoning part where there are any', () => {
  const usage = { inputTokens: 2100, cachedInputTokens: 0, outputTokens: 48, reasoningTokens: 0 };
  expect(showUsage(usage)).toBe('2,100 in / 48 out');
  expect(showUsage({ ...usage, cachedInputTokens: 1024, reasoningTokens: 30 })).toBe(
    '2,100 in (1,024 cached) / 48 out (30 reasoning)',
  );
});
