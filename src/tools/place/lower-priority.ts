import { setPriority } from 'node:os';
import { platform } from 'node:process';

const NICE = 10;

/**
 * Lets the rest of the program go first where there are not enough cores. Only on Linux does this mean the calling
 * thread; elsewhere it would mean the whole process.
 */
export function lowerThreadPriority(): void {
  if (platform !== 'linux') return;
  try {
    setPriority(NICE);
  } catch {
    // Not allowed here: everything still works, only less smoothly.
  }
}
