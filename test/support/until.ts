import { setTimeout as delay } from 'node:timers/promises';

/** Less than a test may take, so that what was waited for is told. */
const PATIENCE_MS = 50_000;
const LOOK_AGAIN_MS = 20;

/** Waits until something is so, however slow the machine is. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = PATIENCE_MS / LOOK_AGAIN_MS; !(await condition()); left--) {
    if (left === 0) throw new Error(`It never came to be: ${condition}`);
    await delay(LOOK_AGAIN_MS);
  }
}
