import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { mendJournal, readJournal } from '../../src/run/read-journal.ts';
import { anyToldRun } from '../report/support/any-told-run.ts';
import { fakeRun } from '../report/support/fake-run.ts';
import { workspace } from '../support/run-agentpar.ts';

const EVENTS = fakeRun([{ id: 'p1', turns: [{ modelMs: 1, calls: [{ name: 'look', ms: 1 }] }, { modelMs: 1 }] }]);
const LINES = EVENTS.map((event) => JSON.stringify(event));

describe('A journal that was damaged', () => {
  it.each([
    ['is no JSON', '{"seq":3,"atMs"'],
    ['is no event', '["seq",3]'],
    ['is of a kind that nobody knows', '{"seq":3,"atMs":1,"kind":"constructor"}'],
    ['lacks what its kind needs', '{"seq":3,"atMs":1,"kind":"model_end","conversation":"p1","turn":1}'],
    ['has something of another sort in it', LINES[2]?.replace(/"prompt":"[^"]*"/, '"prompt":[]') ?? ''],
    ['has something of another sort deep in it', LINES[2]?.replace(/"line":\d+/, '"line":[]') ?? ''],
    ['comes twice', LINES[1] ?? ''],
    ['is of an earlier time', LINES[2]?.replace(/"atMs":[\d.]+/, '"atMs":-1') ?? ''],
  ])('where a line %s is refused with its place, and left as it is', async (_, line) => {
    const text = `${LINES.with(2, line).join('\n')}\n`;
    using at = workspace({ 'journal.jsonl': text });
    const path = join(at.path, 'journal.jsonl');
    const byte = `${LINES.slice(0, 2).join('\n')}\n`.length;
    await expect(mendJournal(path)).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining(`damaged at line 3, byte ${byte}: `),
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('at its end only is cut there, wherever a crash has torn it', async () => {
    const whole = `${LINES.join('\n')}\n`;
    const kept = `${LINES.slice(0, -1).join('\n')}\n`;
    for (const torn of [whole.slice(0, -1), `${kept}{`, `${kept}\0\0\0`, whole.slice(0, kept.length + 40)]) {
      using at = workspace({ 'journal.jsonl': torn });
      const path = join(at.path, 'journal.jsonl');
      expect(await mendJournal(path)).toEqual({ events: LINES.length - 1, wasTorn: true });
      expect(readFileSync(path, 'utf8')).toBe(kept);
    }
  });

  it('is told apart from one of a newer format, and from one that cannot be read', async () => {
    using at = workspace({ 'journal.jsonl': '{"seq":1,"kind":"run_start","format":2,"new":true}\n' });
    const message = expect.stringMatching(/format 2.*newer agentpar/);
    await expect(events(join(at.path, 'journal.jsonl'))).rejects.toMatchObject({ exitCode: 65, message });
    await expect(events(at.path)).rejects.toMatchObject({ exitCode: 74 });
  });
});

it('A journal of whatever a run can tell is no damaged one', async () => {
  using at = workspace();
  const path = join(at.path, 'journal.jsonl');
  const { default: fc } = await import('fast-check');
  await fc.assert(
    fc.asyncProperty(anyToldRun({ isWhole: true }), async ({ events: told }) => {
      writeFileSync(path, told.map((event) => `${JSON.stringify(event)}\n`).join(''));
      expect(await events(path)).toHaveLength(told.length);
    }),
    { numRuns: 20 },
  );
});

async function events(path: string): Promise<RunEvent[]> {
  return await Array.fromAsync(readJournal(path));
}
