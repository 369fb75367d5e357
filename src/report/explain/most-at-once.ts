/** How many spans there are at once, at the most; one that ends when another starts makes room for it. */
export function mostAtOnce(spans: readonly { readonly startMs: number; readonly endMs: number }[]): number {
  const edges = spans.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, by: 1 },
    { atMs: endMs, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of edges.sort((a, b) => a.atMs - b.atMs || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
