let segmenter: Intl.Segmenter | undefined;

/** Printable ASCII, and what else of the commonest letters and marks takes one column each. */
const NARROW = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190\u2192]*$/;
const HALF_WIDTH = /^[\uff61-\uffdc]/;
const WIDE =
  /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo}|\p{Script=Yi}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])|\ufe0f/u;
const COMBINING = /^\p{Mark}/u;

/** How many terminal columns a text takes that has no control characters. */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += graphemeWidth(segment);
  return width;
}

/** Where to cut a text so that its head takes at most `width` columns and no grapheme is split. */
export function headLength(text: string, width: number): number {
  if (NARROW.test(text)) return Math.min(text.length, width);
  let used = 0;
  for (const { segment, index } of segmentsOf(text)) {
    used += graphemeWidth(segment);
    if (used > width) return index;
  }
  return text.length;
}

/** Where a text's last `width` columns begin, splitting no grapheme. */
export function tailStart(text: string, width: number): number {
  let rest = textWidth(text);
  for (const { segment, index } of segmentsOf(text)) {
    if (rest <= width) return index;
    rest -= graphemeWidth(segment);
  }
  return text.length;
}

/** Fills a text with spaces on its right up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

function graphemeWidth(grapheme: string): number {
  if (HALF_WIDTH.test(grapheme)) return 1;
  if (WIDE.test(grapheme)) return 2;
  return COMBINING.test(grapheme) ? 0 : 1;
}

/** Graphemes, by a segmenter that takes longer to make than most texts to measure: only text beyond ASCII needs one. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}
