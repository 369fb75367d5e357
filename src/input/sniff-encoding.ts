/** How many bytes of a file `sniffEncoding` wants to see. */
export const SNIFFED_BYTES = 4096;

/** Looks at a file's first bytes: how many of them are a UTF-8 byte order mark, or which other encoding they show. */
export function sniffEncoding(head: Uint8Array): { readonly markBytes: number } | { readonly encoding: string } {
  for (const [encoding, mark] of MARKS) {
    if (!mark.every((byte, index) => head[index] === byte)) continue;
    return encoding === 'utf-8' ? { markBytes: mark.length } : { encoding };
  }
  return guessUtf16(head) ?? { markBytes: 0 };
}

// The UTF-32 mark starts with the UTF-16 one and is looked for first.
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-32', [0xff, 0xfe, 0, 0]],
  ['utf-32', [0, 0, 0xfe, 0xff]],
  ['utf-16', [0xff, 0xfe]],
  ['utf-16', [0xfe, 0xff]],
];

/** UTF-16 without a mark, known by the zero that is half of every ASCII character. */
function guessUtf16(head: Uint8Array): { readonly encoding: string } | undefined {
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if ((even + odd) * 4 < head.length || even === odd) return undefined;
  return { encoding: odd > even ? 'utf-16le' : 'utf-16be' };
}
