import type { Prediction } from './predict.ts';

/** What predictions come to. */
export interface Recommendation {
  /** From there on twice as many at once gain less than a tenth; nothing if they always gain more. */
  readonly knee?: Prediction;
  /** The fewest conversations at once, and then tool calls, that are about as fast as any. */
  readonly best: Prediction;
}

/** Less is no gain that is worth twice as many. */
const WORTH = 0.9;
/** Less is as fast: no prediction is more exact. */
const AS_FAST = 1.05;

/** @throws {RangeError} if there is no prediction */
export function recommend(predictions: readonly Prediction[]): Recommendation {
  const fastestMs = Math.min(...predictions.map(({ wallMs }) => wallMs));
  const best = sorted(predictions).find(({ wallMs }) => wallMs <= fastestMs * AS_FAST);
  if (!best) throw new RangeError('Cannot recommend a setting: nothing was predicted.');
  const knee = kneeOf(fastestOfEach(predictions));
  return knee ? { knee, best } : { best };
}

/** The first after the last one that could be doubled with a gain of a tenth. */
function kneeOf(steps: readonly Prediction[]): Prediction | undefined {
  const lastWorth = steps.findLastIndex((step, index) => {
    const next = steps[index + 1];
    const doubled = steps.filter((other) => isDoubledAtMost(step, other));
    return (doubled.length > 0 || !next ? doubled : [next]).some((other) => isWorth(step, other));
  });
  // Nobody knows what doubling the last one gains.
  return steps.slice(0, -1)[lastWorth + 1];
}

function isDoubledAtMost(step: Prediction, other: Prediction): boolean {
  return other.concurrency > step.concurrency && other.concurrency <= 2 * step.concurrency;
}

/** Whether as much is gained as each doubling on the way has to gain, and one at least. */
function isWorth(step: Prediction, other: Prediction): boolean {
  const doublings = Math.max(1, Math.log2(other.concurrency / step.concurrency));
  return other.wallMs < step.wallMs * WORTH ** doublings;
}

/** With as many tool calls at once as are best, by conversations at once. */
function fastestOfEach(predictions: readonly Prediction[]): readonly Prediction[] {
  const fastest = new Map<number, Prediction>();
  for (const each of sorted(predictions)) {
    const known = fastest.get(each.concurrency);
    if (!known || each.wallMs < known.wallMs) fastest.set(each.concurrency, each);
  }
  return [...fastest.values()];
}

function sorted(predictions: readonly Prediction[]): readonly Prediction[] {
  return predictions.toSorted(
    (one, other) => one.concurrency - other.concurrency || one.toolConcurrency - other.toolConcurrency,
  );
}
