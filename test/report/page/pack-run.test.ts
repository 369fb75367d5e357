import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { LiveRun } from '../../../src/report/page/live-run.ts';
import { RunPacker } from '../../../src/report/page/pack-run.ts';
import { RunTexts } from '../../../src/report/page/run-texts.ts';
import { patched, unpackRun } from '../../../src/report/page/unpack-run.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { anyToldRun } from '../support/any-told-run.ts';
import { fakeConversations } from '../support/fake-conversations.ts';
import { fakeRun } from '../support/fake-run.ts';
import { hostileText } from '../support/hostile-text.ts';
import { spansOf } from '../support/spans-of.ts';
import { ToldRun } from '../support/told-run.ts';

describe('A packed run', () => {
  it('is the same run again when it is unpacked, to the hundredth of a millisecond', () => {
    fc.assert(
      fc.property(anyToldRun(), ({ events }) => {
        expect(unpackRun(overTheWire(packed(events))).spans).toEqual(rounded(spansOf(events)));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps names, failures and handoffs, whatever characters they are of', () => {
    fc.assert(
      fc.property(fakeConversations(hostileText), (conversations) => {
        const events = fakeRun(conversations, { modes: ['sequential', 'parallel'] });
        expect(unpackRun(packed(events)).spans).toEqual(rounded(spansOf(events)));
      }),
      { numRuns: 40 },
    );
  });

  it('comes with what was said, by the mode that it was said in', () => {
    const turns = [{ modelMs: 1, calls: [{ name: 'look_up', ms: 1, argumentsText: '{"a":1}', output: [2] }] }];
    const conversation = { id: 'p1', prompt: 'How much?', answer: 'Two.', turns };
    const { spans, texts, calls } = unpackRun(packed(fakeRun([conversation], { modes: ['sequential', 'parallel'] })));
    for (const mode of spans.modes) {
      const [first] = mode.conversations;
      expect(texts.get(first?.seq ?? 0)).toEqual({ prompt: 'How much?', answer: 'Two.' });
      expect(calls.get(first?.tools[0]?.seq ?? 0)).toEqual({ argumentsText: '{"a":1}', outcome: '[2]' });
    }
  });

  it('keeps what was expected and did not come true, and of a replay what its times are', () => {
    const replay = { cassette: 'tape.jsonl', time: 'virtual' } as const;
    const missed = [{ what: 'maxSeconds', problem: '3 s, 1 s more than 2 s' }] as const;
    const { events } = new ToldRun({ replay }).mode(0).start(0, 'p1').end(3, 'p1', { missed }).start(3, 'p2');
    const { spans } = unpackRun(overTheWire(packed(events)));
    expect(spans.replay).toEqual(replay);
    expect(spans.modes[0]?.conversations.map((each) => each.missed)).toEqual([missed, undefined]);
  });

  it('cuts texts that are long, between two characters', () => {
    const run = new ToldRun()
      .mode(0)
      .start(0, 'p1')
      .end(1, 'p1', { answer: `${'a'.repeat(19_999)}👩${'b'.repeat(9)}` });
    const [answer] = [...unpackRun(packed(run.events)).texts.values()].map((texts) => texts.answer);
    expect(answer).toHaveLength(20_001);
    expect(answer?.isWellFormed()).toBe(true);
    expect(answer?.endsWith('…')).toBe(true);
  });
});

describe('A run that goes on', () => {
  it('is the whole run when all patches have come, for who joined at whatever moment', () => {
    fc.assert(
      fc.property(
        anyToldRun(),
        fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
        fc.nat({ max: 60 }),
        (run, patchesAt, at) => {
          joinsLate(run.events, patchesAt, at);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells the end of a mode’s last conversation although the next mode has begun', () => {
    const { events } = new ToldRun()
      .mode(0, 1, 'sequential')
      .start(0, 'p1')
      .end(5, 'p1')
      .modeEnd(5, 'sequential')
      .mode(6);
    joinsLate(events, [], 2);
  });
});

it('goes on with the time while nothing happens, and ends with the run', async () => {
  const clock = new FakeClock();
  const live = new LiveRun(clock);
  const run = new ToldRun().mode(0).start(0, 'p1').ask(10, 'p1').wait(10, 'p1');
  for (const event of run.events) live.handle(event);
  await clock.advance(5000);
  expect(live.spans()?.modes[0]?.conversations[0]?.models[0]?.waits).toEqual([
    { reason: 'rate', startMs: 10, endMs: 5010 },
  ]);
  const told = run.events.length;
  run.waited(5010, 'p1').answer(5020, 'p1').end(5020, 'p1').modeEnd(5020).runEnd(5020);
  for (const event of run.events.slice(told)) live.handle(event);
  await clock.advance(5000);
  expect(live.spans()).toMatchObject({ endMs: 5020, modes: [{ endMs: 5020 }] });
});

function joinsLate(events: readonly RunEvent[], patchesAt: readonly number[], joinsAt: number): void {
  const join = Math.min(joinsAt, events.length - 1);
  const live = new LiveRun(new FakeClock());
  let page: ReturnType<LiveRun['whole']>;
  for (const [at, event] of events.entries()) {
    live.handle(event);
    if (at === join) page = overTheWire(live.whole());
    if (!patchesAt.includes(at)) continue;
    const patch = overTheWire(live.patch());
    if (page && patch) page = patched(page, patch);
  }
  const patch = overTheWire(live.patch());
  if (!page || !patch) throw new Error('The run had not begun.');
  expect(unpackRun(patched(page, patch))).toEqual(unpackRun(packed(events)));
}

function packed(events: readonly RunEvent[]) {
  const texts = new RunTexts();
  for (const event of events) texts.handle(event);
  return new RunPacker(texts).pack(spansOf(events));
}

function overTheWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** With every time to the hundredth of a millisecond; costs and counts as they are. */
function rounded<T>(value: T): T {
  const times = JSON.stringify(value, (key, member) => {
    return typeof member === 'number' && key.endsWith('Ms') ? Math.round(member * 100) / 100 : member;
  });
  return JSON.parse(times) as T;
}
