/** How many different words of one list are, by their stems, among those of another; small words do not count. */
export function wordFit(words: readonly string[], text: readonly string[]): number {
  const stems = new Set(text.filter(counts).map(stem));
  return new Set(
    words
      .filter(counts)
      .map(stem)
      .filter((word) => stems.has(word)),
  ).size;
}

/** The words of a text in lower case. */
export function wordsIn(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}[\p{L}\p{N}]*/gu) ?? [];
}

const SMALL_WORDS = new Set(
  (
    'a an and any are as at be been but by can could do does for from get give has have how i if in into is it its me ' +
    'my need not of on or our please should so some tell than that the their them then there these they this to up us ' +
    'use want was we what when where which who will with would you your agent assistant handoff hand handle handles ' +
    'off transfer request requests question questions specialist help helps user about all one'
  ).split(' '),
);

function counts(word: string): boolean {
  return word.length > 1 && !SMALL_WORDS.has(word);
}

function stem(word: string): string {
  const short = word.replace(
    /(?:ematics?|ematical|ematician|ations?|ators?|ates?|ating|ated|ions?|ings?|ies|ers?|ed|es|s|e|y)$/,
    '',
  );
  return short.length >= 3 ? short : word;
}
