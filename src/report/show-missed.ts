import type { Missed } from '../contract/expectation.ts';

/** What did not come true, with the name under which it was expected: `maxSeconds: 3.41 s, 1.41 s more than 2.00 s`. */
export function showMissed({ what, problem }: Missed): string {
  return `${what}: ${problem}`;
}
