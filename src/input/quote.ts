import { cutOff } from '../contract/cut-off.ts';

/** A text from a file as a message may show it: in quotes, on one line, of bounded length, nothing invisible in it. */
export function quote(text: string): string {
  return `"${visible(cutOff(text, 80))}"`;
}

/** A text with everything in it that moves the cursor, hides or reorders spelled out as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}
