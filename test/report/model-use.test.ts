import { expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../src/contract/event.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import { ModelUseRecorder } from '../../src/report/model-use.ts';

const estimate = { inputTokens: 500, outputTokens: 40, costUsd: 0.5 };

it('keeps what nobody counted apart, from every attempt, and knows how much a model writes', () => {
  const { uses } = recorded(
    start('p1', 'openai/x'),
    start('p2', 'openai/y'),
    { kind: 'model_retry', conversation: 'p1', turn: 1, attempt: 1, waitMs: 1, code: 'idle', message: '', estimate },
    { kind: 'model_retry', conversation: 'p1', turn: 1, attempt: 2, waitMs: 1, code: 'server', message: '' },
    { ...end('p1', 70), costUsd: 0.25 },
    start('p1', 'openai/x'),
    { ...end('p1', 30), costUsd: 0.25, estimate },
    { ...end('p2', 0), result: { ok: false, code: 'aborted', message: '' }, estimate },
  );
  expect(uses.get('openai/x')).toEqual({
    usage: { ...NO_USAGE, inputTokens: 20, outputTokens: 100 },
    costUsd: 0.5,
    responses: 2,
    longestOutputTokens: 70,
    estimate: { inputTokens: 1000, outputTokens: 80, costUsd: 1 },
    uncounted: 2,
  });
  expect(uses.get('openai/y')).toMatchObject({ usage: NO_USAGE, costUsd: 0, responses: 0, estimate });
});

it('knows no cost of an estimate as soon as one of them has none', () => {
  const { inputTokens, outputTokens } = estimate;
  const { uses } = recorded(start('p1', 'openai/x'), { ...end('p1', 1), estimate }, start('p1', 'openai/x'), {
    ...end('p1', 1),
    estimate: { inputTokens, outputTokens },
  });
  expect(uses.get('openai/x')?.estimate).toEqual({ inputTokens: 1000, outputTokens: 80 });
});

function start(conversation: string, model: string): RunEventBody {
  return { kind: 'model_start', conversation, turn: 1, agent: 'main', model };
}

function end(conversation: string, outputTokens: number): RunEventBody & { readonly kind: 'model_end' } {
  const usage = { ...NO_USAGE, inputTokens: 10, outputTokens };
  const result = { ok: true, stop: 'done', text: '', calls: [], usage } as const;
  return { kind: 'model_end', conversation, turn: 1, tookMs: 1, waitedMs: 0, rateMs: 0, result };
}

function recorded(...bodies: readonly RunEventBody[]): ModelUseRecorder {
  const recorder = new ModelUseRecorder();
  for (const [at, body] of bodies.entries()) recorder.add({ seq: at + 1, atMs: at, ...body } as RunEvent);
  return recorder;
}
