import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { INTERRUPTED } from '../../../src/contract/event.ts';
import type { ModeExplanation } from '../../../src/report/explain/explain-run.ts';
import { explainRun } from '../../../src/report/explain/explain-run.ts';
import { emptySplit } from '../../../src/report/explain/split.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';
import type { FakeConversation } from '../support/fake-run.ts';
import { fakeRun } from '../support/fake-run.ts';
import { ToldRun } from '../support/told-run.ts';

describe('The split of a conversation', () => {
  it('is in one state at a time: the model before tools, either before any wait, and waits before overhead', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(10, 'p1').call(40, 'p1', 'c1', { eager: true });
    run
      .answer(60, 'p1')
      .call(100, 'p1', 'c2', { waits: { lock: 40 } })
      .result(80, 'p1', 'c1');
    run.result(130, 'p1', 'c2').end(135, 'p1');
    expect(splitOf(run)).toEqual({ overhead: 15, model: 50, tools: 50, lock: 20 });
  });

  it('tells waits for a rate from those for the number of requests at once', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').start(0, 'p2');
    run.tell(0, { kind: 'limit_change', model: 'sim/offline', limit: 1, reason: 'start' });
    run.ask(0, 'p1').ask(0, 'p2').wait(0, 'p2').answer(100, 'p1').end(100, 'p1').waited(130, 'p2');
    // The limit was full until 100, and from then on only the rate was in the way.
    run.answer(180, 'p2').end(180, 'p2');
    expect(splitOf(run, 'p2')).toEqual({ limit: 100, rate: 30, model: 50 });
  });

  it('tells waits of a run that was killed meanwhile, from what was with the model', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').start(0, 'p2').ask(0, 'p1').ask(0, 'p2').wait(0, 'p2');
    run.tell(90, { kind: 'notice', message: 'the last that is known' });
    expect(splitOf(run)).toEqual({ model: 90 });
    expect(splitOf(run, 'p2')).toEqual({ rate: 90 });
  });

  it('tells waits for a provider that keeps failing from those for its limits', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').askAgain(10, 'p1', { waitMs: 20 });
    run.wait(30, 'p1', 'outage').waited(80, 'p1', 'outage').answer(100, 'p1').end(100, 'p1');
    expect(splitOf(run)).toEqual({ model: 30, retry: 20, outage: 50 });
  });

  it('takes the time of a background task for waiting, if nothing else goes on', () => {
    const run = new ToldRun().mode(0).start(0, 'p1');
    const task = { conversation: 'p1', task: 't1', what: 'assistant' };
    const outcome = { kind: 'ok', callId: 't1', output: null } as const;
    run
      .tell(10, { kind: 'task_start', ...task })
      .ask(10, 'p1')
      .answer(30, 'p1');
    run.tell(90, { kind: 'task_end', ...task, tookMs: 80, outcome }).end(95, 'p1');
    expect(splitOf(run)).toEqual({ overhead: 15, model: 20, dependency: 60 });
  });

  it('says that it was not told what a call waited for that never started', () => {
    const calls = [{ callId: 'c1', name: 'look_up', argumentsText: '{}' }];
    const result = { ok: true, stop: 'done', text: '', calls, usage: NONE } as const;
    const run = new ToldRun().mode(0).start(0, 'p1').start(0, 'p2').ask(0, 'p1').answer(10, 'p1', { result });
    run.ask(200, 'p2');
    expect(splitOf(run)).toEqual({ model: 10, untold: 190 });
  });
});

describe('The critical path', () => {
  it('goes from the end back through the conversations that held the slot before', () => {
    const run = new ToldRun({ conversations: 3 }).mode(0, 2).start(5, 'p1').start(5, 'p2').ask(5, 'p1').ask(5, 'p2');
    run.answer(50, 'p1').end(50, 'p1').start(52, 'p3', { queuedMs: 52 }).ask(52, 'p3');
    run.answer(80, 'p2').end(80, 'p2').answer(90, 'p3', { turn: 1 }).call(90, 'p3', 'c1');
    run.result(150, 'p3', 'c1').end(151, 'p3').modeEnd(152);
    expect(pathOf(run)).toEqual([
      '0 starting',
      '5 p1 model sim/offline',
      '50 starting',
      '52 p3 model sim/offline',
      '90 p3 tools look_up',
      '150 p3 overhead',
      '151 starting',
    ]);
  });

  it('names of several calls the one that the turn waited for, and before it what that one waited for', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').answer(10, 'p1');
    run.call(10, 'p1', 'a', { name: 'quick' }).call(10, 'p1', 'b', { name: 'first' });
    run
      .result(30, 'p1', 'a')
      .result(60, 'p1', 'b')
      .call(60, 'p1', 'c', { name: 'then', waits: { dependency: 50 } });
    run.result(100, 'p1', 'c').end(100, 'p1');
    expect(pathOf(run)).toEqual(['0 p1 model sim/offline', '10 p1 tools first', '60 p1 tools then']);
  });

  it('goes into the conversation that was delegated, while its parent waits for it', () => {
    const run = new ToldRun().mode(0).start(0, 'p1');
    run.tell(0, { kind: 'task_start', conversation: 'p1', task: 't1', what: 'helper' });
    run.start(5, 'p1/t1', { parent: 'p1' }).ask(5, 'p1/t1').answer(45, 'p1/t1');
    run.call(45, 'p1/t1', 'c1').result(70, 'p1/t1', 'c1').end(70, 'p1/t1', { parent: 'p1' });
    const outcome = { kind: 'ok', callId: 't1', output: null } as const;
    run.tell(72, { kind: 'task_end', conversation: 'p1', task: 't1', what: 'helper', tookMs: 72, outcome });
    expect(pathOf(run.ask(72, 'p1').answer(90, 'p1').end(90, 'p1'))).toEqual([
      '0 p1 dependency helper',
      '5 p1/t1 model sim/offline',
      '45 p1/t1 tools look_up',
      '70 p1 dependency helper',
      '72 p1 model sim/offline',
    ]);
  });

  it('goes back over a crash to what the same conversation did before it', () => {
    const run = new ToldRun({ conversations: 2 }).mode(0).start(0, 'p1').start(0, 'p2').ask(0, 'p1').ask(0, 'p2');
    run.end(40, 'p1', { status: 'cancelled', problem: INTERRUPTED });
    run.end(40, 'p2', { status: 'cancelled', problem: INTERRUPTED }).resume(42);
    run.start(50, 'p1', { resumed: true }).start(50, 'p2', { resumed: true }).end(55, 'p1');
    expect(pathOf(run.ask(50, 'p2').answer(80, 'p2').end(80, 'p2'))).toEqual([
      '0 p2 model sim/offline',
      '40 starting',
      '42 starting',
      '50 p2 model sim/offline',
    ]);
  });
});

describe('The use of slots', () => {
  const slots = (events: readonly RunEvent[]) => modeOf(events).slots.whole;

  it('says why a slot is empty: fewer prompts than slots, or the last ones running', () => {
    const [short, long] = [alike(2, 0), alike(1, 890)]
      .flat()
      .map((one, at) => ({ ...one, id: `p${at}` }))
      .slice(1);
    const two = [short, long].filter((one) => one !== undefined);
    const { held, empty, allowed } = slots(fakeRun(two, { concurrency: 4 }));
    expect(allowed).toBeCloseTo(4);
    expect(held.model).toBeCloseTo(220 / 1000);
    expect(held.tools).toBeCloseTo(890 / 1000);
    expect(empty.fewPrompts).toBeCloseTo(2);
    expect(empty.tail).toBeCloseTo(890 / 1000);
  });

  it('takes empty slots for being filled as long as more start, and for stopped where prompts were left', () => {
    const run = new ToldRun({ conversations: 3 }).mode(0, 2).start(10, 'p1').end(20, 'p1').start(30, 'p2');
    const { empty } = slots(run.end(40, 'p2').modeEnd(100).events);
    expect(empty).toEqual({ starting: (2 * 10 + 10 + 2 * 10) / 100, stopped: (10 + 2 * 60) / 100 });
  });

  it('follows what a resumed run was given', () => {
    const run = new ToldRun({ conversations: 1 })
      .mode(0, 2)
      .start(0, 'p1')
      .ask(0, 'p1')
      .resume(50, { concurrency: 6, toolConcurrency: 9 });
    const { allowed, empty } = slots(run.start(50, 'p1', { resumed: true }).end(100, 'p1').modeEnd(100).events);
    expect(allowed).toBeCloseTo(4);
    expect(empty.fewPrompts).toBeCloseTo(3);
  });

  it('shows the same in parts of the time', () => {
    const { parts } = modeOf(fakeRun(alike(2, 890), { concurrency: 2 })).slots;
    expect(parts).toHaveLength(60);
    expect(parts[1]?.held).toEqual({ model: expect.closeTo(2) });
    expect(parts[30]?.held).toEqual({ tools: expect.closeTo(2) });
  });
});

describe('Latencies', () => {
  it('are given from the start as well as from when something was asked for', () => {
    const { latency, models, tools } = modeOf(fakeRun(alike(4, 890), { concurrency: 1 }));
    expect(latency.fromStart).toMatchObject({ count: 4, p50Ms: 1000, maxMs: 1000 });
    expect(latency.fromAsked).toMatchObject({ count: 4, p50Ms: 2000, p90Ms: 4000, maxMs: 4000 });
    expect(models).toMatchObject([{ model: 'sim/offline', fromStart: { count: 8, p50Ms: 50, p99Ms: 60 } }]);
    expect(tools).toMatchObject([{ name: 'look_up', failures: 0, fromStart: { count: 4, totalMs: 4 * 890 } }]);
  });

  it('leave results that were shared and calls that were cut off out of the time that a tool takes', () => {
    const run = new ToldRun()
      .mode(0)
      .start(0, 'p1')
      .call(0, 'p1', 'a', { waits: { slot: 0 } })
      .call(0, 'p1', 'b');
    run
      .call(0, 'p1', 'c')
      .call(500, 'p1', 'd', { waits: { slot: 400 } })
      .call(500, 'p1', 'cut');
    run.result(100, 'p1', 'a').result(100, 'p1', 'b', { shared: { conversation: 'p1', callId: 'a', savedMs: 100 } });
    run.result(30, 'p1', 'c', { outcome: { kind: 'failed', callId: 'c', code: 'threw', message: 'no' } });
    run.callAgain(550, 'p1', 'd', 50).result(700, 'p1', 'd', { waits: { retry: 50 } });
    expect(modeOf(run.events).tools).toMatchObject([
      {
        failures: 1,
        shared: 1,
        retries: 1,
        fromStart: { count: 3, p50Ms: 100, maxMs: 150 },
        fromAsked: { count: 3, maxMs: 600 },
      },
    ]);
  });

  it('of models leave waits and failed attempts apart', () => {
    const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').askAgain(100, 'p1', { waitMs: 500 });
    run.answer(700, 'p1', { waitedMs: 500, firstMs: 20 });
    expect(modeOf(run.events).models).toMatchObject([
      { failedAttempts: 1, fromStart: { maxMs: 200 }, fromAsked: { maxMs: 700 }, firstToken: { maxMs: 20 } },
    ]);
  });
});

describe('Stragglers', () => {
  it('are conversations that took more than twice the median, with what that went into', () => {
    const slow = { id: 'slow', turns: [{ modelMs: 60, calls: [{ name: 'crawl', ms: 5000 }] }, { modelMs: 50 }] };
    const { stragglers } = modeOf(fakeRun([...alike(5, 890), slow]));
    expect(stragglers).toEqual([
      {
        conversation: 'slow',
        tookMs: expect.closeTo(5110),
        usualMs: expect.closeTo(1000),
        because: {
          state: 'tools',
          ms: expect.closeTo(5000),
          usualMs: expect.closeTo(890),
          longest: { name: 'crawl', turn: 1, ms: expect.closeTo(5000) },
        },
        turns: 2,
        usualTurns: 2,
      },
    ]);
  });

  it('are none where there is no usual, or where little more is much more', () => {
    expect(
      modeOf(fakeRun([...alike(1, 0), { ...alike(1, 9000)[0], id: 'x', turns: [{ modelMs: 9000 }] }])).stragglers,
    ).toEqual([]);
    const little = { id: 'x', turns: [{ modelMs: 400 }] };
    expect(modeOf(fakeRun([...alike(5, 0), little])).stragglers).toEqual([]);
  });
});

describe('Ceiling and advice', () => {
  it('take away what a conversation waited for because of others', () => {
    const turns = [{ modelMs: 100, calls: [{ name: 'look_up', ms: 300, queuedMs: 5000 }] }];
    const conversations = [{ id: 'held', turns }, ...alike(1, 200)];
    const { ceiling, advice } = modeOf(fakeRun(conversations, { toolConcurrency: 1 }));
    expect(ceiling).toEqual({ ms: expect.closeTo(400), conversation: 'held' });
    expect(advice).toMatchObject([{ kind: 'toolConcurrency', setting: 2 }]);
  });

  it('do not ask for more tool calls at once where calls waited without there being so many', () => {
    const turns = [{ modelMs: 100, calls: [{ name: 'compute', ms: 300, queuedMs: 5000 }] }];
    const { advice } = modeOf(fakeRun([{ id: 'held', turns }, ...alike(1, 200)], { toolConcurrency: 16 }));
    expect(advice).toMatchObject([{ kind: 'toolSlots' }]);
  });

  it('estimate what more at once would give by the same conversations in the same order', () => {
    const { advice, wallMs } = modeOf(fakeRun(alike(16, 890), { concurrency: 2 }));
    expect(wallMs).toBeCloseTo(8000);
    expect(advice).toEqual([{ kind: 'concurrency', setting: 16, aboutMs: expect.closeTo(1000) }]);
  });

  it('advise the longest first where one that came late is what takes the time', () => {
    const late = { id: 'late', turns: [{ modelMs: 4000 }] };
    const { advice } = modeOf(fakeRun([...alike(8, 890), late], { concurrency: 3 }));
    expect(advice).toEqual([{ kind: 'longestFirst', aboutMs: expect.closeTo(4000) }]);
  });

  it('advise against more at once where locks or limits are in the way', () => {
    const run = new ToldRun({ conversations: 2 }).mode(0, 1);
    run
      .start(0, 'p1')
      .call(60, 'p1', 'a', { waits: { lock: 60 } })
      .result(100, 'p1', 'a')
      .end(100, 'p1');
    run.start(100, 'p2').ask(100, 'p2').answer(200, 'p2').end(200, 'p2').modeEnd(200);
    expect(modeOf(run.events).advice).toEqual([{ kind: 'locks', share: 0.3 }]);
  });

  it('advise more calls at once in a turn where they waited for others of it', () => {
    const run = new ToldRun({ conversations: 1 }).mode(0, 1);
    run
      .start(0, 'p1')
      .call(0, 'p1', 'a')
      .result(50, 'p1', 'a')
      .call(50, 'p1', 'b', { waits: { turn: 50 } })
      .result(100, 'p1', 'b')
      .end(100, 'p1')
      .modeEnd(100);
    expect(modeOf(run.events).advice).toEqual([{ kind: 'turnConcurrency', share: 0.5 }]);
  });

  it('say nothing of what would be faster where most of it failed', () => {
    const failed = alike(16, 890).map((one, at) => ({
      ...one,
      status: at < 9 ? ('failed' as const) : ('done' as const),
    }));
    expect(modeOf(fakeRun(failed, { concurrency: 2 })).advice).toEqual([]);
  });

  it('say so where no setting would help', () => {
    expect(modeOf(fakeRun(alike(3, 890))).advice).toEqual([{ kind: 'nothing', mostly: 'tools' }]);
    // All of them together were with the model for longer, but that is not what made the time.
    const model = Array.from({ length: 3 }, (_, at) => ({ id: `m${at}`, turns: [{ modelMs: 900 }] }));
    expect(modeOf(fakeRun([...alike(1, 890), ...model])).advice).toEqual([{ kind: 'nothing', mostly: 'tools' }]);
  });
});

const NONE = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

/** Conversations that all take 110 ms and `ms` for their tool. */
function alike(count: number, ms: number): FakeConversation[] {
  const turns = [{ modelMs: 60, calls: [{ name: 'look_up', ms }] }, { modelMs: 50 }];
  return Array.from({ length: count }, (_, index) => ({ id: `p${index + 1}`, turns }));
}

function modeOf(events: readonly RunEvent[]): ModeExplanation {
  const recorder = new SpanRecorder();
  for (const event of events) recorder.handle(event);
  const spans = recorder.spans();
  const mode = spans && explainRun(spans).modes.at(-1);
  if (!mode) throw new Error('the run has no mode');
  return mode;
}

function splitOf({ events }: ToldRun, conversation = 'p1') {
  const found = modeOf(events).conversations.find((one) => one.conversation === conversation);
  return Object.fromEntries(Object.entries(found?.split ?? emptySplit()).filter(([, ms]) => ms > 0));
}

function pathOf({ events }: ToldRun): readonly string[] {
  return modeOf(events).path.map(({ startMs, conversation, state, name }) =>
    [startMs, conversation, state, name].filter((part) => part !== undefined).join(' '),
  );
}
