import { describe, expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import type { BudgetWait, RequestBudget } from '../../src/agent/request-budget.ts';
import { untilAborted } from '../../src/async/until-aborted.ts';
import type { EstimatedUse } from '../../src/contract/event.ts';
import type { ModelErrorCode, Usage } from '../../src/contract/model.ts';
import { ModelError, NO_USAGE } from '../../src/contract/model.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { converse } from '../support/conversation.ts';
import { settle } from '../support/fake-clock.ts';
import type { Say } from '../support/scripted-model.ts';
import { asks, call, end, ScriptedModel, says } from '../support/scripted-model.ts';
import { clockwork, converse as converseWithTasks } from './support/tasks.ts';

const OBJECT = { type: 'object', properties: {} } as const;
const echo = defineTool({ name: 'echo', description: 'Says it back.', parameters: OBJECT, run: (args) => args });
const agent = defineAgent({ name: 'main', instructions: 'Be brief.', tools: [echo] });

/** A budget that grants so many requests and keeps book. A response costs a dollar, unless its model is free. */
class BookKeeper implements RequestBudget {
  readonly book: string[] = [];
  exceeded: string | undefined;
  /** The maxima of the next reservations. */
  maxima: number[] = [];
  estimate: EstimatedUse = { inputTokens: 1, outputTokens: 1 };
  cutOff: string | undefined;
  open = 0;
  grants: number;
  hold: Promise<void> | undefined;
  waitedMs = 0;

  constructor(grants = Number.POSITIVE_INFINITY) {
    this.grants = grants;
  }

  async reserve(modelId: string, _: unknown, { signals, onWait }: BudgetWait) {
    this.book.push(`reserve ${modelId}`);
    if (this.hold) onWait?.();
    if (this.hold) await untilAborted(this.hold, AbortSignal.any([...signals]));
    if (this.grants <= 0) {
      this.exceeded = '--max-tokens: all used';
      return { exceeded: this.exceeded };
    }
    this.grants -= 1;
    this.open += 1;
    return {
      ...(this.waitedMs > 0 ? { waitedMs: this.waitedMs } : {}),
      settle: (usage: Usage | undefined) => {
        this.#end(usage ? `settle ${usage.outputTokens}` : 'settle nothing');
        return usage && modelId !== 'test/free' ? 1 : undefined;
      },
      lose: (characters: number, counted?: Usage) => {
        this.#end(counted ? `lose ${characters}, counted ${counted.outputTokens}` : `lose ${characters}`);
        return { inputTokens: 100, outputTokens: characters, costUsd: 0.5 };
      },
      maxOutputTokens: this.maxima.shift(),
      estimate: this.estimate,
      cutOffBy: () => this.cutOff,
    };
  }

  #end(what: string): void {
    this.book.push(what);
    this.open -= 1;
  }
}

/** Fails in some way and is asked again, then says what it has to. */
function retries(code: ModelErrorCode, heard: string, then: Say): Say {
  return async function* (request, signal) {
    if (heard) yield { kind: 'text', delta: heard };
    yield { kind: 'retry', attempt: 1, waitMs: 0, error: new ModelError(code, 'failed') };
    yield* then(request, signal);
  };
}

const fails = (code: ModelErrorCode, heard = '', outputTokens = 0): Say =>
  async function* () {
    if (heard) yield { kind: 'text', delta: heard };
    if (outputTokens > 0) yield { kind: 'used', usage: { ...NO_USAGE, outputTokens } };
    throw new ModelError(code, 'failed');
  };

describe('A conversation under a budget', () => {
  it('sets aside before each request and tells the cost of each response, and of all together', async () => {
    const budget = new BookKeeper();
    const model = new ScriptedModel([asks(call('a', 'echo')), says('ok')]);
    const { ended, events } = converse({ models: [model], agent, budget });
    expect(await ended).toMatchObject({ status: 'done', costUsd: 2 });
    expect(budget.book).toEqual(['reserve test/scripted', 'settle 1', 'reserve test/scripted', 'settle 1']);
    expect(events.filter(({ kind }) => kind === 'model_end')).toMatchObject([{ costUsd: 1 }, { costUsd: 1 }]);
  });

  it('tells of the wait for room for another attempt when it begins, and when it is over', async () => {
    const budget = new BookKeeper();
    const room = Promise.withResolvers<void>();
    const model = new ScriptedModel([
      (request, signal) => {
        budget.hold = room.promise;
        return retries('idle', 'Hel', says('ok'))(request, signal);
      },
    ]);
    const { ended, events } = converse({ models: [model], agent, budget });
    await settle();
    expect(events.at(-1)).toMatchObject({ kind: 'wait_start', reason: 'budget' });
    room.resolve();
    await ended;
    expect(events.filter(({ kind }) => kind === 'wait_end')).toMatchObject([{ reason: 'budget' }]);
  });

  it('tells no cost as soon as one of its responses had no price', async () => {
    const expert = defineAgent({ name: 'expert', instructions: '', model: 'test/free' });
    const start = defineAgent({ name: 'start', instructions: '', handoffs: [expert] });
    const model = new ScriptedModel([asks(call('h', 'transfer_to_expert'))]);
    const free = new ScriptedModel([says('ok')], 'test/free');
    const { ended, events } = converse({ models: [model, free], agent: start, budget: new BookKeeper() });
    const end = await ended;
    expect(end.status).toBe('done');
    expect(end).not.toHaveProperty('costUsd');
    const [priced, unpriced] = events.filter(({ kind }) => kind === 'model_end');
    expect(priced).toMatchObject({ costUsd: 1 });
    expect(unpriced).not.toHaveProperty('costUsd');
  });

  it('ends with the limit that is in the way, keeps what it has, and asks no more', async () => {
    const budget = new BookKeeper(1);
    const model = new ScriptedModel([
      () => [{ kind: 'call', call: call('a', 'echo') }, end({ text: 'Let me see.' })],
      says('never'),
    ]);
    const { ended, events } = converse({ models: [model], agent, budget });
    expect(await ended).toMatchObject({
      status: 'limit',
      problem: '--max-tokens: all used',
      answer: 'Let me see.',
      toolCalls: 1,
      costUsd: 1,
    });
    expect(model.requests).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'model_start')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'tool_end')).toHaveLength(1);
    expect(budget.open).toBe(0);
  });

  it('is ended by the limit, not by chance, when the limit stops the run in the middle of its work', async () => {
    const budget = new BookKeeper();
    const stopping = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = defineTool({ name: 'slow', description: '', parameters: OBJECT, run: () => promise });
    const model = new ScriptedModel([asks(call('a', 'slow')), says('never')]);
    const { ended } = converse({
      models: [model],
      agent: defineAgent({ name: 'main', instructions: '', tools: [slow] }),
      budget,
      stopping: stopping.signal,
    });
    await settle();
    budget.exceeded = '--max-time: 1 s are over';
    stopping.abort();
    resolve('done all the same');
    expect(await ended).toMatchObject({ status: 'limit', problem: '--max-time: 1 s are over', toolCalls: 1 });
    expect(model.requests).toHaveLength(1);
  });

  it('tells how long a request had to wait for others to give back', async () => {
    const budget = new BookKeeper();
    budget.waitedMs = 40;
    const waiting = converse({ models: [new ScriptedModel([says('ok')])], agent, budget });
    await waiting.ended;
    expect(waiting.events).toContainEqual(expect.objectContaining({ kind: 'model_start', budgetMs: 40 }));
    const atOnce = converse({ models: [new ScriptedModel([says('ok')])], agent, budget: new BookKeeper() });
    await atOnce.ended;
    expect(atOnce.events.find(({ kind }) => kind === 'model_start')).not.toHaveProperty('budgetMs');
  });

  it('keeps what is set aside over attempts that came to nothing', async () => {
    const budget = new BookKeeper();
    const model = new ScriptedModel([retries('rate_limited', '', retries('server', '', says('ok')))]);
    expect(await converse({ models: [model], agent, budget }).ended).toMatchObject({ status: 'done' });
    expect(budget.book).toEqual(['reserve test/scripted', 'settle 1']);
  });

  it('counts an attempt that failed in the middle and sets aside anew for the next', async () => {
    const budget = new BookKeeper();
    const model = new ScriptedModel([retries('connection', 'half an', says('answer'))]);
    expect(await converse({ models: [model], agent, budget }).ended).toMatchObject({ status: 'done', costUsd: 1 });
    expect(budget.book).toEqual(['reserve test/scripted', 'lose 7', 'reserve test/scripted', 'settle 1']);
  });

  it('makes no further attempt that the limit leaves no room for', async () => {
    const budget = new BookKeeper(1);
    const model = new ScriptedModel([retries('incomplete_stream', '', says('never'))]);
    const { ended, events } = converse({ models: [model], agent, budget });
    expect(await ended).toMatchObject({ status: 'limit', answer: '' });
    expect(budget.book).toEqual(['reserve test/scripted', 'lose 0', 'reserve test/scripted']);
    expect(events.filter(({ kind }) => kind === 'model_end')).toMatchObject([{ result: { ok: false } }]);
    expect(budget.open).toBe(0);
  });

  it.each([
    ['gives all back when a request is refused', fails('rejected'), 'settle nothing'],
    ['gives all back when the server has no answer', fails('server'), 'settle nothing'],
    ['counts what was heard when the line breaks', fails('connection', 'half'), 'lose 4'],
    ['counts the request when the model may have worked on it', fails('idle'), 'lose 0'],
    ['counts what the vendor counted of a failure', fails('rejected', '', 900), 'lose 0, counted 900'],
  ])('%s', async (_, say, last) => {
    const budget = new BookKeeper();
    const { ended } = converse({ models: [new ScriptedModel([say])], agent, budget });
    expect((await ended).status).toBe('failed');
    expect(budget.book.at(-1)).toBe(last);
    expect(budget.open).toBe(0);
  });

  it('has the model held to what was set aside, anew for each attempt', async () => {
    const budget = new BookKeeper();
    budget.maxima = [2000, 1500];
    const asked: (number | undefined)[] = [];
    const script: Say[] = [
      async function* (request) {
        asked.push(request.maxOutputTokens);
        yield { kind: 'text', delta: 'half an' };
        yield { kind: 'retry', attempt: 1, waitMs: 0, error: new ModelError('connection', 'failed') };
        asked.push(request.maxOutputTokens);
        yield end({ text: 'answer' });
      },
      says('unlimited'),
    ];
    const model = new ScriptedModel(script);
    expect(await converse({ models: [model], agent, budget }).ended).toMatchObject({ status: 'done' });
    expect(asked).toEqual([2000, 1500]);
    await converse({ models: [model], agent, budget }).ended;
    expect(model.requests[1]?.maxOutputTokens).toBeUndefined();
  });

  it('ends with the limit when there was no room for more of a response, and has paid for what there is', async () => {
    const budget = new BookKeeper();
    budget.cutOff = '--max-cost: cut off';
    const model = new ScriptedModel([
      () => [{ kind: 'call', call: call('a', 'echo') }, end({ text: 'It is', stop: 'truncated', detail: 'length' })],
    ]);
    const { ended, events } = converse({ models: [model], agent, budget });
    expect(await ended).toMatchObject({ status: 'limit', problem: '--max-cost: cut off', answer: 'It is', costUsd: 1 });
    expect(events.find(({ kind }) => kind === 'model_end')).toMatchObject({
      costUsd: 1,
      result: { ok: true, stop: 'truncated', limit: '--max-cost: cut off' },
    });
  });

  it('ends as truncated when it was not the limit that cut a response off', async () => {
    const model = new ScriptedModel([() => [end({ text: 'It is', stop: 'truncated', detail: 'length' })]]);
    const { ended } = converse({ models: [model], agent, budget: new BookKeeper() });
    expect(await ended).toMatchObject({ status: 'truncated', problem: 'length' });
  });

  it('tells what is counted for attempts that nobody else counts', async () => {
    const budget = new BookKeeper();
    budget.estimate = { inputTokens: 7, outputTokens: 8 };
    const model = new ScriptedModel([retries('connection', 'half an', fails('idle'))]);
    const { ended, events } = converse({ models: [model], agent, budget });
    await ended;
    const told = events.filter(({ kind }) => kind.startsWith('model_'));
    expect(told).toMatchObject([
      { kind: 'model_start', estimate: { inputTokens: 7, outputTokens: 8 } },
      { kind: 'model_retry', estimate: { inputTokens: 100, outputTokens: 7, costUsd: 0.5 } },
      { kind: 'model_end', estimate: { inputTokens: 100, outputTokens: 0, costUsd: 0.5 } },
    ]);
  });

  it('tells of nothing used by attempts that used nothing', async () => {
    const model = new ScriptedModel([retries('server', '', says('ok'))]);
    const { ended, events } = converse({ models: [model], agent, budget: new BookKeeper() });
    await ended;
    expect(events.filter((event) => 'estimate' in event)).toMatchObject([{ kind: 'model_start' }]);
  });

  it('has an estimate counted where the vendor says nothing of what a response used', async () => {
    const budget = new BookKeeper();
    const model = new ScriptedModel([() => [{ kind: 'text', delta: 'answer' }, end({ usage: NO_USAGE })]]);
    const { ended, events } = converse({ models: [model], agent, budget });
    expect(await ended).toMatchObject({ status: 'done', costUsd: 0 });
    expect(budget.book).toEqual(['reserve test/scripted', 'lose 6']);
    expect(events.find(({ kind }) => kind === 'model_end')).toMatchObject({ estimate: { outputTokens: 6 } });
  });

  it('does not wait for room once the run is being stopped', async () => {
    const budget = new BookKeeper();
    budget.hold = new Promise(() => {});
    const stopping = new AbortController();
    const model = new ScriptedModel([says('never')]);
    const { ended, events } = converse({ models: [model], agent, budget, stopping: stopping.signal });
    await settle();
    stopping.abort();
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(events.map(({ kind }) => kind)).toEqual(['conversation_start', 'conversation_end']);
  });

  it('says what went wrong when the price list cannot be had', async () => {
    const budget: RequestBudget = { exceeded: undefined, reserve: () => Promise.reject(new Error('no list')) };
    const { ended } = converse({ models: [new ScriptedModel([])], agent, budget });
    expect(await ended).toMatchObject({ status: 'failed', problem: 'no list' });
  });

  it('pays for the conversations that it delegates', async () => {
    const { agent: creator, clock } = clockwork();
    const helper = defineAgent({ name: 'helper', instructions: 'Assist.', model: 'test/helper' });
    const model = new ScriptedModel([
      asks(call('c', 'create_task', { prompt: 'Count', agent: 'helper' })),
      asks(call('w', 'wait_for_task', { task: 't1' })),
      says('three'),
    ]);
    const other = new ScriptedModel([says('three')], 'test/helper');
    const budget = new BookKeeper();
    const { ended, events } = converseWithTasks({
      models: [model, other],
      agent: creator,
      agents: [helper],
      clock,
      budget,
    });
    expect(await ended).toMatchObject({ status: 'done', costUsd: 4 });
    const ends = events.filter(({ kind }) => kind === 'conversation_end');
    expect(ends).toMatchObject([{ parent: 'p1', costUsd: 1 }, { costUsd: 4 }]);
  });

  it('tells no cost without a budget, which is what knows the prices', async () => {
    const { ended } = converse({ models: [new ScriptedModel([says('ok')])], agent });
    expect(await ended).not.toHaveProperty('costUsd');
  });
});
