import { describe, expect, it } from 'vitest';
import { DEFAULT_BOUNDS } from '../../src/agent/bounds.ts';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { UserError } from '../../src/contract/errors.ts';
import type { RunEventBody } from '../../src/contract/event.ts';
import type { Prompt } from '../../src/contract/prompt.ts';
import { runPrompts } from '../../src/run/run-prompts.ts';
import { StopControl } from '../../src/run/stop-control.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { openTurns } from '../support/open-turns.ts';
import type { Say } from '../support/scripted-model.ts';
import { end, ScriptedModel, says } from '../support/scripted-model.ts';

const agent = defineAgent({ name: 'main', instructions: '' });

/** Starts a run over as many prompts as asked for, and keeps how many were read and what was told. */
function running(
  count: number,
  say: Say,
  more: { concurrency?: number; failFast?: boolean; breaksAt?: number; ranMs?: number } = {},
) {
  const clock = new FakeClock();
  const stop = new StopControl(clock);
  const events: RunEventBody[] = [];
  const emit = (event: RunEventBody) => void events.push(event);
  const model = new ScriptedModel(say);
  let read = 0;
  async function* prompts(): AsyncIterable<Prompt> {
    for (let index = 0; index < count; index++) {
      if (index === more.breaksAt) throw new UserError('the file changed', { exitCode: 65 });
      read += 1;
      yield { id: `p${index + 1}`, index, text: `${index}`, source: { file: 'x', line: index + 1 } };
    }
  }
  const counts = runPrompts(
    {
      count,
      prompts,
      agentOf: () => agent,
      concurrency: more.concurrency ?? 4,
      failFast: more.failFast ?? false,
      ranMs: more.ranMs ?? 0,
    },
    {
      model: () => model,
      defaultModel: model.id,
      openTurn: openTurns(clock, emit),
      inOrder: false,
      emit,
      clock,
      bounds: DEFAULT_BOUNDS,
      stop,
    },
  );
  const started = () =>
    events.filter((event) => event.kind === 'conversation_start').map((event) => event.conversation);
  return { clock, stop, events, model, counts, started, read: () => read };
}

/** A model that answers each conversation when the test says so. */
function gated() {
  const gates = new Map<string, PromiseWithResolvers<string>>();
  const gate = (text: string) => {
    const known = gates.get(text) ?? Promise.withResolvers<string>();
    gates.set(text, known);
    return known;
  };
  const say: Say = async function* ({ messages: [first] }, signal) {
    const aborted = new Promise<string>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
    yield end({ text: await Promise.race([gate(first?.role === 'user' ? first.text : '').promise, aborted]) });
  };
  return { say, answer: (index: number) => gate(`${index}`).resolve('ok') };
}

describe('A run', () => {
  it('never has more conversations at once than it may, and reads prompts only as slots free', async () => {
    const { say, answer } = gated();
    const run = running(100, say, { concurrency: 3 });
    await settle();
    expect(run.started()).toEqual(['p1', 'p2', 'p3']);
    expect(run.read()).toBeLessThanOrEqual(4);
    for (let index = 0; index < 100; index++) answer(index);
    expect(await run.counts).toEqual({ done: 100, failed: 0, cancelled: 0, notStarted: 0 });
  });

  it('gives a slot that frees to the next prompt at once, whichever conversation freed it', async () => {
    const { say, answer } = gated();
    const run = running(4, say, { concurrency: 2 });
    await settle();
    answer(1);
    await settle();
    expect(run.started()).toEqual(['p1', 'p2', 'p3']);
    for (const index of [0, 2, 3]) answer(index);
    await run.counts;
  });

  it('says how long each prompt waited for its slot', async () => {
    const run = running(2, says('ok'), { concurrency: 1 });
    await run.counts;
    const slow = running(
      2,
      async function* () {
        await slow.clock.sleep(500);
        yield end();
      },
      { concurrency: 1 },
    );
    await slow.clock.advance(1000);
    await slow.counts;
    const waits = slow.events.filter((event) => event.kind === 'conversation_start').map(({ queuedMs }) => queuedMs);
    expect(waits).toEqual([0, 500]);
  });

  it('counts what prompts that are begun only now have waited in earlier attempts', async () => {
    const run = running(1, says('ok'), { ranMs: 700 });
    await run.counts;
    expect(run.events).toContainEqual(expect.objectContaining({ kind: 'conversation_start', queuedMs: 700 }));
  });

  it('goes on when conversations fail', async () => {
    const run = running(3, () => {
      throw new Error('no');
    });
    expect(await run.counts).toEqual({ done: 0, failed: 3, cancelled: 0, notStarted: 0 });
  });

  it('ends at the first failure if told to', async () => {
    const run = running(
      5,
      () => {
        throw new Error('no');
      },
      { failFast: true, concurrency: 1 },
    );
    expect(await run.counts).toMatchObject({ failed: 1, notStarted: 4 });
    expect(run.stop.cause).toEqual({ reason: 'fail-fast', exitCode: 1 });
  });

  it('that is stopped starts nothing new and lets what runs finish in its time', async () => {
    const { say, answer } = gated();
    const run = running(3, say, { concurrency: 2 });
    await settle();
    run.stop.drain({ reason: 'SIGINT', exitCode: 130 }, 10_000);
    answer(0);
    await settle();
    expect(run.started()).toEqual(['p1', 'p2']);
    await run.clock.advance(10_000);
    expect(await run.counts).toEqual({ done: 1, failed: 0, cancelled: 1, notStarted: 1 });
  });

  it('whose prompts can no longer be read ends with what went wrong', async () => {
    const run = running(5, says('ok'), { breaksAt: 2, concurrency: 1 });
    const counts = await run.counts;
    expect(counts.done + counts.cancelled + counts.notStarted).toBe(5);
    expect(run.stop.cause).toEqual({ reason: 'the file changed', exitCode: 65 });
  });
});
