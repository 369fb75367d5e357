import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How large the heap may get, beyond what is alive in it. */
interface HeapSize {
  /** MiB from which on the part for new objects does not grow; it may have twice as much by the time that is seen. */
  readonly forNew: number;
  /** What the part for older ones may grow by, of what was alive when it was last collected. */
  readonly growingPercent: number;
}

/** Where many conversations run at once, more is alive while it is new, and would be collected in vain again and again. */
const MANY_AT_ONCE = 100;
const FOR_FEW: HeapSize = { forNew: 8, growingPercent: 50 };
const FOR_MANY: HeapSize = { forNew: 64, growingPercent: 100 };

const MIB = 2 ** 20;
const LOOK_EVERY_MS = 20;

/**
 * Keeps the heap in proportion to what is alive in it, however much memory the machine has and however long the run takes.
 * Left alone, V8 lets a heap of 25 MB grow to 190 MB over thousands of prompts, to collect it less often. It takes no limits
 * once it runs, but it can be told to stop growing.
 */
export function keepHeapSmall(conversationsAtOnce: number): Disposable {
  const { forNew, growingPercent } = conversationsAtOnce > MANY_AT_ONCE ? FOR_MANY : FOR_FEW;
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
  const look = setInterval(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (space && space.space_size < forNew * MIB) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(look);
  }, LOOK_EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(look) };
}
