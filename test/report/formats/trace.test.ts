import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { traceReport } from '../../../src/report/formats/trace.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { ToldRun } from '../support/told-run.ts';
import { written } from './support.ts';

/** The fields that the Trace Event Format documents for each phase that is used. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  X: ['ph', 'pid', 'tid', 'name', 'cat', 'ts', 'dur', 'args'],
  i: ['ph', 'pid', 'tid', 'name', 'ts', 's'],
  C: ['ph', 'pid', 'tid', 'name', 'ts', 'args'],
  M: ['ph', 'pid', 'tid', 'name', 'args'],
};

interface TraceEvent {
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

it('shows conversations on the tracks of their slots, calls at once on tracks of their own, and waits within them', async () => {
  const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').answer(100, 'p1', { tookMs: 100 });
  run.call(110, 'p1', 'c1', { name: 'look', waits: { slot: 10 } }).call(100, 'p1', 'c2', { name: 'write' });
  run.result(150, 'p1', 'c1', { name: 'look' }).result(160, 'p1', 'c2', { name: 'write' }).end(170, 'p1');
  run.start(171, 'p2').end(180, 'p2').modeEnd(180).runEnd(180);
  const events = await traced(run.events);
  const slices = events.filter(({ ph }) => ph === 'X').map(({ tid, name, ts, dur }) => [tid, name, ts, dur]);
  expect(slices).toEqual([
    [1000, 'p1', 0, 170_000],
    [1000, 'sim/offline', 0, 100_000],
    [1001, 'look', 100_000, 50_000],
    [1001, 'waiting: slot', 100_000, 10_000],
    [1002, 'write', 100_000, 60_000],
    [1000, 'p2', 171_000, 9000],
  ]);
  const names = events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args['name']]);
  expect(names).toEqual([
    [1000, 'slot 1'],
    [1001, 'slot 1, tools 1'],
    [1002, 'slot 1, tools 2'],
  ]);
});

it('has the documented fields, and nothing overlaps on a track but what lies within another, for any run', () =>
  fc.assert(
    fc.asyncProperty(anyToldRun(), async ({ events: told }) => {
      const events = await traced(told);
      expect(events.filter((event) => !isDocumented(event))).toEqual([]);
      const tracks = Map.groupBy(
        events.filter(({ ph }) => ph === 'X'),
        ({ pid, tid }) => `${pid} ${tid}`,
      );
      expect([...tracks.values()].flatMap(overlapsIn)).toEqual([]);
    }),
    { numRuns: 100 },
  ));

async function traced(events: readonly RunEvent[]): Promise<readonly TraceEvent[]> {
  return JSON.parse(await written(traceReport, events)).traceEvents;
}

function isDocumented({ args: _, ...event }: TraceEvent): boolean {
  const fields = (FIELDS[event.ph] ?? []).filter((field) => field !== 'args');
  const isTimed = event.ph === 'M' || event.ts >= 0;
  return isTimed && Object.keys(event).sort().join() === fields.toSorted().join();
}

/** What goes on longer than what it began in. */
function overlapsIn(track: readonly TraceEvent[]): readonly TraceEvent[] {
  const open: TraceEvent[] = [];
  return track
    .toSorted((one, other) => one.ts - other.ts || other.dur - one.dur)
    .filter((event) => {
      while (endOf(open.at(-1)) <= event.ts) open.pop();
      const isLonger = open.length > 0 && endOf(event) > endOf(open.at(-1));
      open.push(event);
      return isLonger;
    });
}

function endOf(event: TraceEvent | undefined): number {
  return event ? event.ts + event.dur : Number.POSITIVE_INFINITY;
}
