import fc from 'fast-check';
import { anyCharacter } from '../../support/any-character.ts';

/** Characters that a terminal obeys, that reorder a line, or that nobody sees. */
export const HOSTILE_CHARACTERS: readonly string[] = [
  ...range(0x00, 0x1f),
  ...range(0x7f, 0x9f),
  '\u00ad',
  '\u061c',
  ...range(0x200b, 0x200f),
  ...range(0x2028, 0x202e),
  ...range(0x2060, 0x206f),
  '\ufeff',
  ...range(0xe0000, 0xe007f),
  '\ud800',
  '\udfff',
];

const hostile = new Set(HOSTILE_CHARACTERS);

/** The hostile characters that a text has, apart from those that are allowed. */
export function hostileIn(text: string, allowed = ''): string[] {
  return [...text].filter((character) => hostile.has(character) && !allowed.includes(character));
}

/** Texts of any characters, many of them hostile. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE_CHARACTERS),
      fc.string({ unit: anyCharacter, maxLength: 4 }),
      fc.constantFrom('\u001b[2J', '\u001b]0;title\u0007', 'a', '漢', 'é', 'e\u0301', '👩‍💻', '☀️', '\r\n'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at));
}
