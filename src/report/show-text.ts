import { headLength, tailStart, textWidth } from './text-width.ts';

const PLAIN = /^[ -~]*$/;

// What moves a cursor, reorders a line, takes no room or is no character. A variation selector right after a
// character that can be an emoji stays: it only picks how that character looks.
const UNSAFE =
  /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]--[\ufe0e\ufe0f]]|(?<!\p{Emoji})[\ufe0e\ufe0f]/gv;

/** Text from anywhere as one line that is safe on a terminal: what can't be seen is shown as `\u{…}`, newlines and tabs too. */
export function showText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, codePoint);
}

/** Like `showText` for text of several lines: newlines (also CRLF, as a plain newline) and tabs stay. */
export function showBlock(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSAFE, (character) => (character === '\n' || character === '\t' ? character : codePoint(character)));
}

/** A JSON text with the same meaning whose every character can be seen: what `showText` would escape is `\uXXXX`. */
export function showJson(json: string): string {
  return PLAIN.test(json) ? json : json.replace(UNSAFE, codeUnits);
}

/** A shown text cut to at most `width` terminal columns, with `…` where something is missing at its end. */
export function shorten(text: string, width: number): string {
  // No text is wider than twice its length, so most need no measuring.
  if (text.length * 2 <= width || textWidth(text) <= width) return text;
  return width < 1 ? '' : `${text.slice(0, headLength(text, width - 1))}…`;
}

/** Like `shorten`, leaving out the middle: names tell apart by their ends more often than by their beginnings. */
export function shortenMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, headLength(text, width - 1 - tail))}…${text.slice(tailStart(text, tail))}`;
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function codeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}
