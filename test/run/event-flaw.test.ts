import { describe, expect, it } from 'vitest';
import type { RunEventBody } from '../../src/contract/event.ts';
import { eventFlaw } from '../../src/run/event-flaw.ts';
import { fakeRun } from '../report/support/fake-run.ts';

const turn = { conversation: 'p1', turn: 1 };
const call = { ...turn, callId: 'c1', name: 'look' };
const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0 };
const estimate = { inputTokens: 1, outputTokens: 1, costUsd: 1 };
const outcome = { kind: 'ok', callId: 'c1', output: 'fine' } as const;

/** All that the events of a plain run do not have. */
const RARE: readonly RunEventBody[] = [
  {
    kind: 'run_resume',
    version: '0.1.0',
    startedAt: '2026-01-01T00:00:00.000Z',
    finished: 1,
    changed: { conversations: 1, gone: ['p2'] },
    concurrency: 1,
    toolConcurrency: 1,
  },
  {
    kind: 'conversation_start',
    conversation: 'p1/t1',
    parent: 'p1',
    resumed: true,
    index: 0,
    prompt: 'Look.',
    agent: 'assistant',
    model: 'sim/offline',
    source: { file: 'p.txt', line: 1 },
    expect: { contains: ['a'], equals: 'a', tool: ['look'], status: 'done', maxSeconds: 1, maxTokens: 1, maxCost: 1 },
    queuedMs: 0,
  },
  { kind: 'model_start', ...turn, agent: 'assistant', model: 'sim/offline', budgetMs: 1, estimate },
  {
    kind: 'model_retry',
    ...turn,
    attempt: 1,
    waitMs: 1,
    askedMs: 1,
    code: 'server',
    message: 'no',
    estimate,
  },
  { kind: 'wait_start', ...turn, reason: 'rate' },
  { kind: 'wait_end', ...turn, reason: 'rate', tookMs: 1 },
  {
    kind: 'model_end',
    ...turn,
    tookMs: 1,
    waitedMs: 0,
    rateMs: 0,
    costUsd: 1,
    firstMs: 1,
    estimate,
    result: {
      ok: true,
      stop: 'truncated',
      detail: 'long',
      limit: 'max-tokens',
      text: '',
      calls: [{ callId: 'c1', name: 'look', argumentsText: '{}' }],
      usage,
      echo: { modelId: 'sim/offline', items: [] },
    },
  },
  { kind: 'tool_start', ...call, argumentsText: '{}', effect: 'pure', eager: true, queuedMs: 1, waits: { lock: 1 } },
  { kind: 'tool_retry', ...call, attempt: 1, waitMs: 1, message: 'no' },
  {
    kind: 'tool_end',
    ...call,
    tookMs: 0,
    waits: { retry: 1 },
    outcome,
    shared: { conversation: 'p1', callId: 'c0', savedMs: 1 },
  },
  { kind: 'message', conversation: 'p1', text: 'News.' },
  { kind: 'task_start', conversation: 'p1', task: 't1', what: 'look' },
  { kind: 'task_end', conversation: 'p1', task: 't1', what: 'look', tookMs: 1, outcome },
  { kind: 'limit_change', model: 'sim/offline', limit: 1, reason: 'growth' },
  { kind: 'notice', conversation: 'p1', message: 'Odd.' },
  { kind: 'run_end', tookMs: 1, counts: { done: 1, failed: 0, cancelled: 0, notStarted: 0 }, stopped: 'SIGINT' },
];

const PLAIN = fakeRun([
  {
    id: 'p1',
    turns: [
      { modelMs: 1, retries: [{ afterMs: 1, waitMs: 1, message: 'busy' }], calls: [{ name: 'look', ms: 1 }] },
      { modelMs: 1, calls: [{ name: 'look', ms: 1, failure: { code: 'threw', message: 'no' } }], handoffTo: 'other' },
      { modelMs: 1, failure: 'no' },
    ],
    missed: [{ what: 'equals', problem: 'it is not' }],
  },
]);

const EVENTS: readonly object[] = [...PLAIN, ...RARE.map((event) => ({ seq: 1, atMs: 1, ...event }))];
const FREE = ['setup.options', 'outcome.output', 'fullOutput'];
const OTHERS = [null, 'text', 'false', ['ok'], 0.5, true, [], {}, [null], [{}], { kind: 'x' }];

describe('What is no event', () => {
  it('is told by its place, whichever value has turned into one of another sort, however deep it stands', () => {
    const accepted: string[] = [];
    let tried = 0;
    for (const event of EVENTS) {
      expect(eventFlaw(event)).toBeUndefined();
      for (const [place, value] of valuesIn(event)) {
        for (const other of OTHERS.filter((each) => sortOf(each) !== sortOf(value))) {
          tried += 1;
          const flaw = eventFlaw(changed(event, place, other));
          if (flaw === undefined) accepted.push(`${place} as ${JSON.stringify(other)}`);
          else if (!/^(seq|atMs|kind)$/.test(place)) expect(flaw).toContain(`its "${place}`);
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(1000);
  });

  it.each([
    ['outcome of a call', 'outcome.output', 'tool_end'],
    ['outcome of a call', 'outcome.kind', 'tool_end'],
    ['response', 'result.calls.0.callId', 'model_end'],
    ['response', 'result.usage.outputTokens', 'model_end'],
    ['prompt', 'source.line', 'conversation_start'],
  ])('is also an %s without %s', (_what, place, kind) => {
    const event = EVENTS.findLast((each) => 'kind' in each && each.kind === kind) ?? {};
    expect(eventFlaw(changed(event, place, undefined))).toBe(`its "${place}" is missing or of another sort`);
  });

  it.each([
    ['conversation_start', 'agent'],
    ['model_start', 'model'],
    ['handoff', 'from'],
    ['handoff', 'to'],
    ['tool_start', 'name'],
  ])('is also a %s with a blank %s', (kind, place) => {
    const event = EVENTS.findLast((each) => 'kind' in each && each.kind === kind) ?? {};
    for (const blank of ['', ' ']) {
      expect(eventFlaw(changed(event, place, blank))).toBe(`its "${place}" is missing or of another sort`);
    }
  });

  it('is not what a model asks for by a blank name', () => {
    const failed = { kind: 'failed', callId: 'c1', code: 'unknown_tool', message: 'no' };
    const times = { eager: false, queuedMs: 0, waits: {} };
    for (const asked of [
      { kind: 'tool_start', ...call, name: '', argumentsText: '', ...times },
      { kind: 'handoff', ...turn, from: 'assistant', to: '', outcome: failed },
    ]) {
      expect(eventFlaw({ seq: 1, atMs: 1, ...asked })).toBeUndefined();
    }
  });

  it.each([-1, 0.5, 2 ** 31])('is also the end of a conversation whose index is %s', (index) => {
    const end = EVENTS.findLast((each) => 'kind' in each && each.kind === 'conversation_end') ?? {};
    expect(eventFlaw(changed(end, 'index', index))).toBe('its "index" is missing or of another sort');
  });
});

/** Each value in it by its place, but for what is nobody's business. */
function* valuesIn(value: object, path = ''): Iterable<readonly [place: string, value: unknown]> {
  for (const [key, member] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`;
    if (FREE.includes(place)) continue;
    yield [place, member];
    if (typeof member === 'object' && member !== null) yield* valuesIn(member, place);
  }
}

function changed(event: object, place: string, value: unknown): unknown {
  const copy: unknown = structuredClone(event);
  const keys = place.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce((inner, key) => Reflect.get(Object(inner), key), copy);
  Reflect.set(Object(holder), last, value);
  return JSON.parse(JSON.stringify(copy));
}

function sortOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value === null ? null : typeof value);
  return Array.isArray(value) ? 'array' : 'object';
}
