import { describe, expect, it } from 'vitest';
import type { BodyOf, ConversationEnd, RunEventBody } from '../../src/contract/event.ts';
import type { Expectation } from '../../src/contract/expectation.ts';
import { findMissed } from '../../src/run/find-missed.ts';
import { Judge } from '../../src/run/judge.ts';

const END: ConversationEnd = {
  kind: 'conversation_end',
  conversation: 'p1',
  index: 0,
  status: 'done',
  answer: ' 5 + 5 = 10.\n',
  agent: 'assistant',
  model: 'sim/offline',
  turns: 2,
  toolCalls: 1,
  handoffs: 0,
  usage: { inputTokens: 1500, cachedInputTokens: 0, outputTokens: 300, reasoningTokens: 0 },
  costUsd: 0.012,
  tookMs: 3410,
};
const CALLED = new Set(['sum_numbers']);

describe('What was expected', () => {
  it('is not missed if all of it came true', () => {
    const expected: Expectation = {
      contains: ['10', '5 + 5'],
      equals: '5 + 5 = 10.',
      matches: ['= \\d+', '/^\\s*5 \\+ 5/'],
      tool: ['sum_numbers'],
      maxSeconds: 3.41,
      maxTokens: 1800,
      maxCost: 0.012,
    };
    expect(findMissed(expected, END, CALLED)).toEqual([]);
  });

  it.each<[Expectation, string]>([
    [{ status: 'refused' }, 'status: it ended as done, not refused'],
    [{ contains: ['10', '11'] }, 'contains: the answer does not contain "11"'],
    [{ equals: '10' }, 'equals: the answer is "5 + 5 = 10.", not "10"'],
    [{ matches: ['^5'] }, 'matches: "^5" is not found in the answer'],
    [{ tool: ['power'] }, 'tool: power was not called; called: sum_numbers'],
    [{ maxSeconds: 2 }, 'maxSeconds: 3.41 s, 1.41 s more than 2.00 s'],
    [{ maxSeconds: 0.005 }, 'maxSeconds: 3.41 s, 3.41 s more than 0.005 s'],
    [{ maxTokens: 1000 }, 'maxTokens: 1,800, 800 more than 1,000'],
    [{ maxCost: 0.01 }, 'maxCost: $0.012, $0.002 more than $0.01'],
  ])('is missed with what came instead: %j', (expected, problem) => {
    expect(findMissed(expected, END, CALLED).map((missed) => `${missed.what}: ${missed.problem}`)).toEqual([problem]);
  });

  it('is an answer, if nothing else is expected', () => {
    const end: ConversationEnd = { ...END, status: 'failed', answer: '' };
    expect(findMissed({ maxSeconds: 10 }, end, CALLED)).toEqual([
      { what: 'status', problem: 'it ended as failed, not done' },
    ]);
    expect(findMissed({ status: 'failed' }, end, CALLED)).toEqual([]);
  });

  it('is missed if a cost is not known', () => {
    const { costUsd: _, ...end } = END;
    expect(findMissed({ maxCost: 1 }, end, CALLED)).toMatchObject([{ what: 'maxCost' }]);
  });

  it('is missed if a pattern would take for ever, which holds up nothing for long', () => {
    const end = { ...END, answer: `${'a'.repeat(60)}!` };
    const before = process.cpuUsage();
    const missed = findMissed({ matches: ['^(a+)+$', '!$', '^(a|a)*$'] }, end, CALLED);
    expect(missed).toEqual([
      { what: 'matches', problem: '"^(a+)+$" could not be looked for in the answer within 33 ms: make it simpler' },
      { what: 'matches', problem: '"^(a|a)*$" could not be looked for in the answer within 33 ms: make it simpler' },
    ]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });

  it('gives a pattern nothing of the program to see', () => {
    expect(findMissed({ matches: ['globalThis.text = "x"', '"); throw 1; ("'] }, END, CALLED)).toHaveLength(2);
  });
});

describe('A judge', () => {
  it('adds what was missed to the end of a conversation, and leaves others alone', () => {
    const judge = new Judge();
    judge.judge(start('p1', { expect: { tool: ['sum_numbers', 'power'], contains: ['10'] } }));
    judge.judge(start('p2', {}));
    judge.judge(tool('p1', 'sum_numbers'));
    judge.judge(tool('p2', 'power'));
    expect(judge.judge(END)).toEqual({
      ...END,
      missed: [{ what: 'tool', problem: 'power was not called; called: sum_numbers' }],
    });
    expect(judge.judge({ ...END, conversation: 'p2' })).not.toHaveProperty('missed');
  });

  it('counts tools that delegated conversations call', () => {
    const judge = new Judge();
    judge.judge(start('p1', { expect: { tool: ['power'] } }));
    judge.judge(start('p1/t1', { parent: 'p1' }));
    judge.judge(start('p1/t1/t1', { parent: 'p1/t1' }));
    judge.judge(tool('p1/t1/t1', 'power'));
    expect(judge.judge({ ...END, conversation: 'p1/t1/t1', parent: 'p1/t1' })).not.toHaveProperty('missed');
    expect(judge.judge(END)).toMatchObject({ missed: [] });
  });

  it('judges no conversation that can be gone on with, and goes on with it itself', () => {
    const judge = new Judge();
    judge.handle({ seq: 1, atMs: 0, ...start('p1', { expect: { tool: ['power'] } }) });
    judge.handle({ seq: 2, atMs: 0, ...tool('p1', 'power') });
    expect(judge.judge({ ...END, status: 'cancelled' })).not.toHaveProperty('missed');
    judge.judge(start('p1', { expect: { tool: ['power'] }, resumed: true }));
    expect(judge.judge(END)).toMatchObject({ missed: [] });
  });

  it('begins anew with each mode', () => {
    const judge = new Judge();
    for (const called of ['power', 'sum_numbers']) {
      judge.judge(start('p1', { expect: { tool: ['power'] } }));
      judge.judge(tool('p1', called));
      expect(judge.judge(END)).toMatchObject({ missed: called === 'power' ? [] : [{ what: 'tool' }] });
    }
  });
});

type Start = BodyOf<'conversation_start'>;

function start(conversation: string, more: Partial<Start>): Start {
  const place = { index: 0, prompt: 'x', agent: 'a', model: 'm', source: { file: 'f', line: 1 }, queuedMs: 0 };
  return { kind: 'conversation_start', conversation, ...place, ...more };
}

function tool(conversation: string, name: string): RunEventBody {
  const call = { turn: 1, callId: 'c', argumentsText: '{}', eager: false, queuedMs: 0, waits: {} };
  return { kind: 'tool_start', conversation, name, ...call };
}
