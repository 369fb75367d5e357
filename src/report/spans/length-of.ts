/** How long spans took together, in milliseconds; those at the same time count each in full. */
export function lengthOf(spans: readonly { readonly startMs: number; readonly endMs: number }[]): number {
  return spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}
