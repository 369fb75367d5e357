import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { EventHub } from '../../src/run/event-hub.ts';
import { FakeClock } from '../support/fake-clock.ts';

const COUNTS = { done: 1, failed: 0, cancelled: 0, notStarted: 0 };

it('An event that comes after the last of a run reaches nobody: the journal is closed', () => {
  const told: RunEvent[] = [];
  const hub = new EventHub([{ handle: (event) => void told.push(event) }], new FakeClock(), () => {});
  hub.emit({ kind: 'notice', message: 'in time' });
  hub.emit({ kind: 'run_end', tookMs: 0, counts: COUNTS });
  hub.emit({ kind: 'notice', message: 'too late' });
  expect(told.map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, 'notice'],
    [2, 'run_end'],
  ]);
});
