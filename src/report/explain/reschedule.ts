/**
 * How long conversations of these lengths take with so many at once, each starting in the slot that is free first. An
 * estimate: it takes each to be as long as it was.
 */
export function rescheduledMs(lengthsMs: readonly number[], concurrency: number): number {
  const freeAtMs = new Float64Array(Math.max(1, Math.min(concurrency, lengthsMs.length)));
  let endMs = 0;
  for (const lengthMs of lengthsMs) {
    const untilMs = (freeAtMs[0] ?? 0) + lengthMs;
    endMs = Math.max(endMs, untilMs);
    replaceFirst(freeAtMs, untilMs);
  }
  return endMs;
}

/** The first of a heap is its least: puts another value in its place and lets it sink. */
function replaceFirst(heap: Float64Array, value: number): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const least = (heap[right] ?? Number.POSITIVE_INFINITY) < (heap[left] ?? Number.POSITIVE_INFINITY) ? right : left;
    if (!((heap[least] ?? Number.POSITIVE_INFINITY) < value)) break;
    heap[at] = heap[least] ?? 0;
    at = least;
  }
  heap[at] = value;
}
