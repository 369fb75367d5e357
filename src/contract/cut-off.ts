/** A text that is no longer than `length`, and `…` where it was: by that mark the beginning of a secret is found. */
export function cutOff(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
