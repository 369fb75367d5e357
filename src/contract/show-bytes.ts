/** A size as a person says it: `10 MiB`, `64 KiB`, `100 bytes`. */
export function showBytes(bytes: number): string {
  if (bytes > 0 && bytes % MIB === 0) return `${bytes / MIB} MiB`;
  if (bytes > 0 && bytes % KIB === 0) return `${bytes / KIB} KiB`;
  return `${bytes} bytes`;
}

const KIB = 1024;
const MIB = 1024 * KIB;
