import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/contract/event.ts';
import { INTERRUPTED } from '../../../src/contract/event.ts';
import type { ConversationSpans, ModeSpans, RunSpans } from '../../../src/report/spans/run-spans.ts';
import { SpanRecorder } from '../../../src/report/spans/span-recorder.ts';
import { fakeRun, USAGE } from '../support/fake-run.ts';
import { ToldRun } from '../support/told-run.ts';

const cancelled = (callId: string) => ({ kind: 'failed', callId, code: 'cancelled', message: INTERRUPTED }) as const;

describe('SpanRecorder', () => {
  it('keeps a mode’s conversations in the order of their starts, with what each did when', () => {
    const call = { name: 'get_weather', ms: 1000, queuedMs: 200 };
    const turns = [{ modelMs: 50, calls: [call] }, { modelMs: 60 }];
    const modes = spansOf(fakeRun([{ id: 'p1', turns }], { modes: ['sequential', 'parallel'] })).modes;
    expect(modes.map(({ mode, startMs, endMs, ending }) => [mode, startMs, endMs, ending])).toEqual([
      ['sequential', 1, 1311, 'ended'],
      ['parallel', 1311, 2621, 'ended'],
    ]);
    const [first] = modes[0]?.conversations ?? [];
    expect(first).toMatchObject({ conversation: 'p1', startMs: 1, endMs: 1311, status: 'done' });
    expect(first?.models.map(({ turn, startMs, endMs, usage }) => [turn, startMs, endMs, usage])).toEqual([
      [1, 1, 51, USAGE],
      [2, 1251, 1311, USAGE],
    ]);
    expect(first?.tools).toMatchObject([
      {
        name: 'get_weather',
        askedMs: 51,
        startMs: 251,
        endMs: 1251,
        ranMs: 1000,
        waits: [{ reason: 'slot', startMs: 51, endMs: 251 }],
      },
    ]);
  });

  it('lays the waits of a model call before and between its attempts', () => {
    const run = begun()
      .ask(100, 'p1', { budgetMs: 30 })
      .wait(100, 'p1')
      .waited(150, 'p1')
      .askAgain(250, 'p1', { waitMs: 500, code: 'rate_limited' })
      .askAgain(900, 'p1', { waitMs: 100, code: 'server' })
      .wait(1000, 'p1', 'outage')
      .waited(1040, 'p1', 'outage')
      .answer(1200, 'p1', { firstMs: 60 });
    const [span] = onlyOne(run).models;
    expect(span?.attempts).toEqual([
      { startMs: 150, endMs: 250, failure: 'rate_limited' },
      { startMs: 750, endMs: 900, failure: 'server' },
      { startMs: 1040, endMs: 1200 },
    ]);
    expect(span?.waits).toEqual([
      { reason: 'rate', startMs: 100, endMs: 150 },
      { reason: 'refusal', startMs: 250, endMs: 750 },
      { reason: 'retry', startMs: 900, endMs: 1000 },
      { reason: 'outage', startMs: 1000, endMs: 1040 },
    ]);
    expect(span).toMatchObject({ budgetMs: 30, firstTokenMs: 1100 });
    expect(lastMode(run).refusals).toEqual([{ atMs: 250, conversation: 'p1', model: 'sim/offline' }]);
  });

  it('lays a wait for room in the budget before the pause that an attempt has to be followed by', () => {
    const run = begun().ask(0, 'p1').askAgain(100, 'p1', { waitMs: 50 }).wait(100, 'p1', 'budget');
    run.waited(300, 'p1', 'budget').answer(400, 'p1');
    const [span] = onlyOne(run).models;
    expect(span?.waits).toEqual([
      { reason: 'budget', startMs: 100, endMs: 300 },
      { reason: 'retry', startMs: 300, endMs: 350 },
    ]);
    expect(span?.attempts.at(-1)).toEqual({ startMs: 350, endMs: 400 });
  });

  it('takes what passes between the end of a wait and its attempt for neither', () => {
    const [span] = onlyOne(begun().ask(0, 'p1').wait(0, 'p1').sent(130, 'p1', 100).answer(400, 'p1')).models;
    expect(span?.waits).toEqual([{ reason: 'rate', startMs: 0, endMs: 100 }]);
    expect(span?.attempts).toEqual([{ startMs: 130, endMs: 400 }]);
  });

  it('takes a request that still waits for one that waits, up to now', () => {
    const run = begun().ask(0, 'p1').askAgain(100, 'p1', { waitMs: 50 }).wait(150, 'p1');
    run.tell(700, { kind: 'notice', message: 'time goes by' });
    const [span] = onlyOne(run).models;
    expect(span?.waits).toEqual([
      { reason: 'retry', startMs: 100, endMs: 150 },
      { reason: 'rate', startMs: 150, endMs: 700 },
    ]);
    expect(span?.attempts.map(({ startMs, endMs }) => endMs - startMs)).toEqual([100, 0]);
  });

  it('ends a wait between attempts where the call was given up', () => {
    const run = begun()
      .ask(0, 'p1')
      .askAgain(100, 'p1', { waitMs: 30_000, code: 'rate_limited' })
      .answer(150, 'p1', { waitedMs: 30_000, result: { ok: false, code: 'aborted', message: 'stopped' } });
    const [span] = onlyOne(run).models;
    expect(span?.waits).toEqual([{ reason: 'refusal', startMs: 100, endMs: 150 }]);
    expect(span?.attempts.at(-1)).toEqual({ startMs: 150, endMs: 150, failure: 'aborted' });
  });

  it('lays the waits of a tool call before its start in the order of the layers, and the others after its retries', () => {
    const run = begun()
      .call(500, 'p1', 'c1', { waits: { slot: 100, dependency: 300 } })
      .callAgain(600, 'p1', 'c1', 50)
      .callAgain(800, 'p1', 'c1', 100)
      .result(1000, 'p1', 'c1', { waits: { retry: 150, slot: 20 } });
    expect(onlyOne(run).tools).toMatchObject([
      {
        askedMs: 100,
        ranMs: 330,
        retries: 2,
        waits: [
          { reason: 'dependency', startMs: 100, endMs: 400 },
          { reason: 'slot', startMs: 400, endMs: 500 },
          { reason: 'retry', startMs: 600, endMs: 650 },
          { reason: 'slot', startMs: 650, endMs: 670 },
          { reason: 'retry', startMs: 800, endMs: 900 },
        ],
      },
    ]);
  });

  it('takes a call that was answered with another’s result for one that waited', () => {
    const shared = { conversation: 'p2', callId: 'c9', savedMs: 400 };
    const run = begun().call(100, 'p1', 'c1').result(300, 'p1', 'c1', { shared });
    const waits = [{ reason: 'shared', startMs: 100, endMs: 300 }];
    expect(onlyOne(run).tools).toMatchObject([{ ranMs: 0, shared, waits }]);
  });

  it('says in which slot a conversation ran and who had held it', () => {
    const run = new ToldRun().mode(0, 2).start(0, 'p1').start(0, 'p2').end(50, 'p2');
    run.start(51, 'p3', { queuedMs: 51 }).start(60, 'p1/t1', { parent: 'p1' }).end(70, 'p1/t1', { parent: 'p1' });
    run.end(80, 'p1').start(81, 'p4', { queuedMs: 81 });
    const held = lastMode(run).conversations.map(({ conversation, parent, stretches }) => {
      return [conversation, parent, stretches[0]?.slot, stretches[0]?.slotFrom];
    });
    expect(held).toEqual([
      ['p1', undefined, 0, undefined],
      ['p2', undefined, 1, undefined],
      ['p3', undefined, 1, 'p2'],
      ['p1/t1', 'p1', undefined, undefined],
      ['p4', undefined, 0, 'p1'],
    ]);
  });

  it('ends what a killed process left open where its journal ends', () => {
    const run = begun().ask(10, 'p1').call(30, 'p1', 'c1', { eager: true });
    run.tell(40, { kind: 'task_start', conversation: 'p1', task: 't1', what: 'look_up' });
    const spans = spansOf(run.events);
    expect([spans.ending, spans.endMs, spans.modes[0]?.ending]).toEqual(['open', 40, 'open']);
    const conversation = onlyOne(run);
    expect(conversation.status).toBeUndefined();
    expect(conversation.stretches).toMatchObject([{ startMs: 0, endMs: 40, ending: 'open' }]);
    expect(conversation.models).toMatchObject([{ startMs: 10, endMs: 40, ending: 'open' }]);
    expect(conversation.tools).toMatchObject([{ startMs: 30, endMs: 40, ranMs: 10, ending: 'open' }]);
    expect(conversation.tasks).toMatchObject([{ task: 't1', startMs: 40, endMs: 40, ending: 'open' }]);
  });

  it('tells stretches of a resumed conversation apart, with what the crash interrupted', () => {
    const run = begun().ask(10, 'p1').answer(20, 'p1').call(30, 'p1', 'c1').start(35, 'p2');
    run.result(40, 'p1', 'c1', { outcome: cancelled('c1') });
    run.end(40, 'p1', { status: 'cancelled', problem: INTERRUPTED }).end(40, 'p2', { status: 'cancelled' });
    run.runEnd(40, { stopped: 'SIGINT' }).resume(40, { finished: 0, concurrency: 8, toolConcurrency: 32 });
    run.start(60, 'p1', { resumed: true, queuedMs: 5 }).ask(61, 'p1', { turn: 2 }).answer(90, 'p1').end(95, 'p1');
    const spans = spansOf(run.modeEnd(99).runEnd(100).events);
    expect(spans).toMatchObject({ ending: 'ended', resumes: [{ atMs: 40, finished: 0 }] });
    expect(spans.stopped).toBeUndefined();
    const [first, second] = spans.modes[0]?.conversations ?? [];
    expect(first?.stretches).toEqual([
      { startMs: 0, endMs: 40, queuedMs: 0, ending: 'interrupted', slot: 0 },
      { startMs: 60, endMs: 95, queuedMs: 5, ending: 'ended', slot: 0 },
    ]);
    expect(first).toMatchObject({ status: 'done', startMs: 0, endMs: 95 });
    expect(first?.tools).toMatchObject([{ startMs: 30, endMs: 40, ending: 'interrupted' }]);
    expect(first?.tools[0]).not.toHaveProperty('failure');
    expect(second).toMatchObject({ status: 'cancelled', stretches: [{ ending: 'ended' }] });
    expect(spans.modes[0]?.allowed).toEqual([
      { fromMs: 0, concurrency: 4, toolConcurrency: 16 },
      { fromMs: 40, concurrency: 8, toolConcurrency: 32 },
    ]);
  });

  it('ends what is open when a run goes on, though nothing told its end', () => {
    const run = begun().ask(10, 'p1').resume(20).start(30, 'p1', { resumed: true });
    expect(onlyOne(run)).toMatchObject({
      stretches: [
        { startMs: 0, endMs: 20, ending: 'interrupted' },
        { startMs: 30, endMs: 30, ending: 'open' },
      ],
      models: [{ startMs: 10, endMs: 20, ending: 'interrupted' }],
    });
  });

  it('marks handoffs, news, changes of limits and refusals that ended a call', () => {
    const run = begun()
      .tell(5, { kind: 'limit_change', model: 'sim/offline', limit: 8, reason: 'start' })
      .tell(10, { kind: 'handoff', conversation: 'p1', turn: 1, from: 'a', to: 'b', outcome: cancelled('c1') })
      .tell(20, { kind: 'message', conversation: 'p1', text: 'news' })
      .ask(30, 'p1', { model: 'sim/other' })
      .answer(40, 'p1', { result: { ok: false, code: 'rate_limited', message: 'no' } });
    expect(lastMode(run)).toMatchObject({
      limits: [{ atMs: 5, model: 'sim/offline', limit: 8, reason: 'start' }],
      refusals: [{ atMs: 40, conversation: 'p1', model: 'sim/other' }],
      conversations: [{ handoffs: [{ atMs: 10, from: 'a', to: 'b', failed: true }], messages: [{ atMs: 20 }] }],
    });
  });

  it('can be asked in the middle of a run without ending it', () => {
    const recorder = new SpanRecorder();
    const run = begun().ask(10, 'p1').answer(20, 'p1').end(20, 'p1');
    for (const event of run.events) {
      recorder.spans();
      recorder.handle(event);
    }
    expect(recorder.spans()).toEqual(spansOf(run.events));
  });
});

const begun = () => new ToldRun().mode(0).start(0, 'p1');

function spansOf(events: readonly RunEvent[]): RunSpans {
  const recorder = new SpanRecorder();
  for (const event of events) recorder.handle(event);
  const spans = recorder.spans();
  if (!spans) throw new Error('the run has no start');
  return spans;
}

function lastMode(run: ToldRun): ModeSpans {
  const mode = spansOf(run.events).modes.at(-1);
  if (!mode) throw new Error('the run has no mode');
  return mode;
}

function onlyOne(run: ToldRun): ConversationSpans {
  const [conversation] = lastMode(run).conversations;
  if (!conversation) throw new Error('the run has no conversation');
  return conversation;
}
