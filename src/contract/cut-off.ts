/** The text, cut off with a `…` if it is longer than `length`: by that mark a secret's beginning is found before it. */
export function cutOff(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
