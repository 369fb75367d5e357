import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Tool } from '../../../src/contract/tool.ts';
import type { LoopBlock } from '../../../src/tools/place/tool-places.ts';
import { openPlaces, run, toolFile, toolOf } from './support/tool-file.ts';

/** Lets nothing else happen, and costs the machine nothing. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function tool(name: string, work: Tool['run'], source?: string): Tool {
  return { ...toolOf(source, name, {}), run: work };
}

describe('A tool in the event loop', () => {
  it('gives what it returns and throws what it throws', async () => {
    const places = openPlaces();
    expect(
      await run(
        places,
        tool('now', ({ a }: { a?: number }) => a),
        { a: 1 },
      ),
    ).toBe(1);
    const error = new Error('no');
    const thrower = tool('never', () => {
      throw error;
    });
    await expect(run(places, thrower)).rejects.toBe(error);
  });

  it('is named when it blocks before it first waits', async () => {
    const reports: LoopBlock[] = [];
    const places = openPlaces({ onBlocked: (report) => reports.push(report) });
    await Promise.all([
      run(
        places,
        tool('quick', () => delay(10)),
      ),
      run(
        places,
        tool('heavy', () => block(150), 'tools.ts'),
      ),
    ]);
    expect(reports).toEqual([
      {
        toolName: 'heavy',
        conversation: 'p1',
        blockedMs: expect.any(Number),
        advice: 'Run it in a thread: declare policy: { thread: true }, or pass --policy heavy.thread=true.',
      },
    ]);
    expect(reports[0]?.blockedMs).toBeGreaterThan(149);
  });

  it('is named from the second time when it blocks later on, and nobody else is', async () => {
    const reports: LoopBlock[] = [];
    const places = openPlaces({ onBlocked: (report) => reports.push(report) });
    const innocent = run(
      places,
      tool('innocent', () => delay(800)),
    );
    const late = tool('late', async () => {
      await delay(5);
      block(250);
      await delay(60);
      block(250);
      await delay(60);
    });
    await run(places, late);
    await innocent;
    expect(reports.map(({ toolName }) => toolName)).toEqual(['late']);
    expect(reports[0]?.advice).toBe('Break its work up, or let another process do it.');
  });

  it('is not blamed for what the program itself does', async () => {
    const reports: LoopBlock[] = [];
    const places = openPlaces({ onBlocked: (report) => reports.push(report) });
    const patient = run(
      places,
      tool('patient', () => delay(700)),
    );
    for (let round = 0; round < 2; round++) {
      await delay(60);
      block(200);
    }
    await patient;
    expect(reports).toEqual([]);
  });

  it('is moved to a thread when it blocked twice, if that is asked for and can be done', async () => {
    const file = toolFile(
      'blocker.js',
      `export const blocker = defineTool({ name: 'blocker', description: '', parameters: { type: 'object' }, run: () => 'from a thread' });`,
    );
    const onMoved = vi.fn();
    const places = openPlaces({ autoThread: true, onMoved });
    const loadable = tool('blocker', () => block(120), file);
    const unloadable = tool('made_here', () => block(120));
    for (let round = 0; round < 2; round++) {
      await run(places, unloadable);
      await run(places, loadable);
    }
    await expect.poll(() => onMoved.mock.calls).toEqual([['blocker']]);
    expect(await run(places, loadable)).toBe('from a thread');
    expect(places.placeOf(unloadable)).toBe('loop');
  });
});
