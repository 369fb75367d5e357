import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { Reporter } from '../contract/reporter.ts';

/** How large the heap may get, beyond what is alive in it. */
interface HeapSize {
  /** The size, in MiB, at which the part for new objects stops growing; by the time that is noticed it may be twice as large. */
  readonly forNew: number;
  /** How much the part for older objects may grow, as a share of what was alive after its last collection. */
  readonly growingPercent: number;
}

/** Where many conversations run at once, more is alive while it is new, and would be collected in vain again and again. */
const MANY_AT_ONCE = 100;
const FOR_FEW: HeapSize = { forNew: 8, growingPercent: 50 };
const FOR_MANY: HeapSize = { forNew: 64, growingPercent: 100 };

const MIB = 2 ** 20;
/** Events between two looks: a timer would come too late where much is started at once. */
const LOOK_EVERY = 32;

/**
 * Keeps the heap in proportion to what is alive in it, however much memory the machine has and however long the run takes.
 * Left alone, V8 lets a heap of 25 MB grow to 190 MB over thousands of prompts, to collect it less often. It takes no limits
 * once it runs, but it can be told to stop growing. Returns what has to hear of the run's events for that.
 */
export function keepHeapSmall(conversationsAtOnce: number): Reporter {
  const { forNew, growingPercent } = conversationsAtOnce > MANY_AT_ONCE ? FOR_MANY : FOR_FEW;
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
  let grows = true;
  return {
    handle: ({ seq }) => {
      if (!grows || seq % LOOK_EVERY !== 0) return;
      const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      if (space && space.space_size < forNew * MIB) return;
      setFlagsFromString('--semi-space-growth-factor=1');
      grows = false;
    },
  };
}
