import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of the heap for new objects as large as it is by now. Left alone it grows eightfold where many
 * conversations begin at once, and stays so, for a run that waits for models most of the time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
