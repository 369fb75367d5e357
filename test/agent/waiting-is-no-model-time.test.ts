import { expect, it } from 'vitest';
import { defineAgent } from '../../src/agent/define-agent.ts';
import { ModelError, NO_USAGE } from '../../src/contract/model.ts';
import { Gate } from '../../src/providers/gate/gate.ts';
import { retrying } from '../../src/providers/retrying.ts';
import { converse } from '../support/conversation.ts';
import { FakeClock } from '../support/fake-clock.ts';

const agent = defineAgent({ name: 'a', instructions: '' });
const refused = new ModelError('rate_limited', 'slow down', { retryAfterMs: 60_000 });

it('A conversation that is stopped while it waits as the server asked has waited until then, and asked for no time', async () => {
  const { clock, stop, events, ended } = start([refused]);
  await clock.advance(5000);
  stop.abort();
  await ended;
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'model_end', tookMs: 5000, waitedMs: 5000, rateMs: 5000 }),
  );
});

it('A conversation that is stopped while it waits for others has waited until then', async () => {
  const clock = new FakeClock();
  const { gate, ...first } = start([refused], clock);
  await clock.advance(1000);
  const second = start([], clock, gate);
  await clock.advance(4000);
  for (const { stop } of [first, second]) stop.abort();
  await second.ended;
  expect(second.events).toContainEqual(
    expect.objectContaining({ kind: 'model_end', tookMs: 4000, waitedMs: 4000, rateMs: 4000 }),
  );
});

/** A conversation with a model that fails with each of the errors in turn, and then answers. */
function start(errors: ModelError[], clock = new FakeClock(), gate?: Gate) {
  const stop = new AbortController();
  const options = { clock, random: () => 0, maxAttempts: 6, maxRetryWaitMs: 600_000 };
  const through = gate ?? new Gate({ modelId: 'test/m', adaptive: true, ...options });
  const session = {
    async *respond() {
      const error = errors.shift();
      if (error) throw error;
      yield { kind: 'end' as const, stop: 'done' as const, text: 'ok', usage: NO_USAGE };
    },
    async [Symbol.asyncDispose]() {},
  };
  const model = { id: 'test/m', open: async () => retrying(session, through, options) };
  return { ...converse({ models: [model], agent, clock, signal: stop.signal }), clock, stop, gate: through };
}
