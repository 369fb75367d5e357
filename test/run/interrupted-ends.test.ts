import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import { interruptedEnds } from '../../src/run/interrupted-ends.ts';

const asked = { conversation: 'p1', turn: 1, agent: 'main', model: 'openai/x' } as const;

it('counts a request whose end a crash kept from being heard of as it was expected to be', () => {
  const estimate = { inputTokens: 500, outputTokens: 40, costUsd: 0.001 };
  const events: RunEvent[] = [{ seq: 1, atMs: 5, kind: 'model_start', ...asked, estimate }];
  expect(interruptedEnds(events, 25)).toMatchObject([
    { kind: 'model_end', tookMs: 20, estimate, result: { ok: false } },
  ]);
});

it('ends a wait before the request that waits, which used nothing', () => {
  const wait: RunEvent = { seq: 2, atMs: 10, kind: 'wait_start', conversation: 'p1', turn: 1, reason: 'rate' };
  const estimate = { inputTokens: 500, outputTokens: 40 };
  const ends = interruptedEnds([{ seq: 1, atMs: 5, kind: 'model_start', ...asked, estimate }, wait], 25);
  expect(ends).toMatchObject([
    { kind: 'wait_end', reason: 'rate', tookMs: 15 },
    { kind: 'model_end', tookMs: 20 },
  ]);
  expect(ends[1]).not.toHaveProperty('estimate');
});
