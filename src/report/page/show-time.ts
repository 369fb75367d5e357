import { showDuration } from '../show-number.ts';

/** A length or a moment where shorter ones matter too: `0.42 ms`, `31 ms`, `1.25 s`, `2 min 05 s`. */
export function showTime(ms: number): string {
  if (Math.abs(ms) < 10) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : showDuration(ms);
}
