import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../src/async/waiting-line.ts';

describe('A waiting line', () => {
  it('has at its front whoever came first of those who have not left', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('join' as const), fc.nat())), (steps) => {
        const line = new WaitingLine<number>();
        const leaves: (() => void)[] = [];
        const waiting = new Set<number>();
        for (const what of steps) {
          if (what === 'join') {
            waiting.add(leaves.length);
            leaves.push(line.join(leaves.length));
          } else if (leaves.length > 0) {
            // Also those who have left already, which must not matter.
            waiting.delete(what % leaves.length);
            leaves[what % leaves.length]?.();
          }
          expect([...line]).toEqual([...waiting]);
          expect(line.first).toBe([...waiting][0]);
        }
      }),
    );
  });
});
