/** About how many tokens a text has: a quarter of its characters, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** A text in the pieces in which a model would stream it: word by word. */
export function splitText(text: string): readonly string[] {
  return text.match(/\s*\S+(?:\s+$)?|\s+$/g) ?? [];
}

/** JSON text in pieces of a few characters, none of which splits a character. */
export function splitJson(text: string): readonly string[] {
  return text.match(/.{1,12}/gsu) ?? [];
}
