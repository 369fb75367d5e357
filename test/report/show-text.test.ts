import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shorten, shortenMiddle, showBlock, showJson, showText } from '../../src/report/show-text.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { HOSTILE_CHARACTERS, hostileIn, hostileText } from './support/hostile-text.ts';

describe('showText', () => {
  it('shows what a terminal would obey by its code point', () => {
    expect(showText('\u001b[31mred\u009b2J')).toBe('\\u{1b}[31mred\\u{9b}2J');
    expect(showText('one\r\n\ttwo')).toBe('one\\u{d}\\u{a}\\u{9}two');
  });

  it('shows what reorders a line, what has no width, and half characters', () => {
    expect(showText('a\u202eb\u200bc\u2028d\ufeffe\ud83df')).toBe(
      'a\\u{202e}b\\u{200b}c\\u{2028}d\\u{feff}e\\u{d83d}f',
    );
    expect(showText('\u{e0041}\u{e007f}')).toBe('\\u{e0041}\\u{e007f}');
  });

  it('leaves letters of all scripts and emoji as they are', () => {
    const text = 'Zürich, Ångström, 上海, Москва, עברית, हिन्दी, 4 °C, ☀️ 👍🏽 🇳🇴';
    expect(showText(text)).toBe(text);
  });

  it('lets a variation selector pass only where it picks the look of an emoji', () => {
    expect(showText('☀\ufe0f\ufe0f a\ufe0f')).toBe('☀\ufe0f\\u{fe0f} a\\u{fe0f}');
  });

  it.each(HOSTILE_CHARACTERS.map((character) => character.codePointAt(0)?.toString(16)))('shows U+%s', (hex) => {
    const character = String.fromCodePoint(Number.parseInt(hex ?? '', 16));
    expect(showText(`a${character}b`)).toBe(`a\\u{${hex}}b`);
  });

  it('leaves nothing hostile in any text', () => {
    fc.assert(fc.property(hostileText, (text) => hostileIn(showText(text)).length === 0));
  });
});

describe('showBlock', () => {
  it('keeps newlines and tabs, and takes CRLF for a newline', () => {
    expect(showBlock('one\r\n\ttwo\rthree\u001b')).toBe('one\n\ttwo\\u{d}three\\u{1b}');
  });

  it('leaves nothing else that is hostile in any text', () => {
    fc.assert(fc.property(hostileText, (text) => hostileIn(showBlock(text), '\n\t').length === 0));
  });
});

describe('showJson', () => {
  it('means exactly the same and hides nothing', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = showJson(JSON.stringify({ text }));
        expect(JSON.parse(shown)).toEqual({ text });
        expect(hostileIn(shown)).toEqual([]);
      }),
    );
  });
});

describe('shorten', () => {
  it('leaves a text that fits and marks one that is cut', () => {
    expect(shorten('weather', 7)).toBe('weather');
    expect(shorten('weather', 6)).toBe('weath…');
    expect(shorten('weather', 1)).toBe('…');
    expect(shorten('weather', 0)).toBe('');
  });

  it('counts wide characters as two columns and never cuts one in half', () => {
    expect(shorten('上海的天气', 6)).toBe('上海…');
    expect(shorten('上海的天气', 7)).toBe('上海的…');
    expect(textWidth('上海 ☀️ é e\u0301 ｶﾅ ＡＢ')).toBe(4 + 1 + 2 + 1 + 1 + 1 + 1 + 1 + 2 + 1 + 4);
  });

  it('never splits a grapheme', () => {
    expect(shorten('👍🏽👍🏽👍🏽', 5)).toBe('👍🏽👍🏽…');
    expect(shorten('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  });

  it('never takes more columns than it may, from the end or from the middle', () => {
    fc.assert(
      fc.property(hostileText.map(showText), fc.integer({ min: 0, max: 30 }), (text, width) => {
        expect(textWidth(shorten(text, width))).toBeLessThanOrEqual(width);
        expect(textWidth(shortenMiddle(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

it('shortenMiddle keeps both ends', () => {
  expect(shortenMiddle('question-about-cities-0001', 16)).toBe('question…es-0001');
});
