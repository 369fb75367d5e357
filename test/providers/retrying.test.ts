import { expect, test } from 'vitest';
import type { ModelErrorCode, ModelEvent, ModelSession } from '../../src/contract/model.ts';
import { ModelError, NO_USAGE } from '../../src/contract/model.ts';
import type { RetryOptions } from '../../src/providers/gate/attempts.ts';
import { Gate } from '../../src/providers/gate/gate.ts';
import { retrying } from '../../src/providers/retrying.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask } from './support/open-model.ts';

const END: ModelEvent = { kind: 'end', stop: 'done', text: 'ok', usage: NO_USAGE };
type Details = ConstructorParameters<typeof ModelError>[2];
const failing = (code: ModelErrorCode, details: Details = {}) => new ModelError(code, `It is ${code}.`, details);

/** A session that fails with each of `errors` in turn and then succeeds, and a record of when it was asked. */
function scripted(clock: FakeClock, errors: readonly unknown[], options: Partial<RetryOptions> = {}) {
  const left = [...errors];
  const askedAt: number[] = [];
  const inner: ModelSession = {
    async *respond() {
      askedAt.push(clock.now());
      const error = left.shift();
      if (error) throw error;
      yield END;
    },
    async [Symbol.asyncDispose]() {},
  };
  const all = { clock, random: () => 0, maxAttempts: 6, maxRetryWaitMs: 600_000, ...options };
  const session = retrying(inner, new Gate({ modelId: 'test/m', adaptive: true, ...all }), all);
  return { session, askedAt };
}

async function run(clock: FakeClock, session: ModelSession, signal = new AbortController().signal) {
  const events: ModelEvent[] = [];
  const running = (async () => {
    for await (const event of session.respond(ask('hello'), signal)) events.push(event);
  })().then(
    () => undefined,
    (error: unknown) => error,
  );
  await clock.advance(3_600_000);
  return { events, error: await running };
}

const waits = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.kind === 'retry' ? [event.waitMs] : []));

test.each(['rate_limited', 'server', 'connection', 'incomplete_stream', 'idle'] as const)(
  '%s is asked again',
  async (code) => {
    const clock = new FakeClock();
    const error = failing(code);
    const { session, askedAt } = scripted(clock, [error]);
    const { events } = await run(clock, session);
    expect(events).toEqual([{ kind: 'retry', attempt: 1, waitMs: 250, error }, END]);
    expect(askedAt).toEqual([0, 250]);
  },
);

test.each(['quota', 'authentication', 'rejected', 'aborted', 'unavailable'] as const)(
  '%s is never asked again',
  async (code) => {
    const clock = new FakeClock();
    const given = failing(code, { shouldRetry: true });
    const { session, askedAt } = scripted(clock, [given]);
    const { events, error } = await run(clock, session);
    expect(error).toBe(given);
    expect(events).toEqual([]);
    expect(askedAt).toHaveLength(1);
  },
);

test('waits double up to 30 s, between half and all of it, and after six attempts it gives up', async () => {
  const errors = Array.from({ length: 9 }, () => failing('server', { status: 500 }));
  for (const [random, expected] of [
    [0, [250, 500, 1000, 2000, 4000]],
    [0.999999, [500, 1000, 2000, 4000, 8000]],
  ] as const) {
    const clock = new FakeClock();
    const { session, askedAt } = scripted(clock, errors, { random: () => random });
    const { events, error } = await run(clock, session);
    expect(waits(events).map(Math.round)).toEqual(expected);
    expect(askedAt).toHaveLength(6);
    expect(error).toMatchObject({ code: 'server', status: 500, message: 'It is server. Gave up after 6 attempts.' });
  }
});

test('the longest wait of our own is 30 s', async () => {
  const clock = new FakeClock();
  const errors = Array.from({ length: 9 }, () => failing('server'));
  const { session } = scripted(clock, errors, { random: () => 0.999999, maxAttempts: 9 });
  expect(
    waits((await run(clock, session)).events)
      .map(Math.round)
      .slice(-2),
  ).toEqual([30_000, 30_000]);
});

test('no attempt begins ten minutes after the first, unless the server asked for the wait', async () => {
  const clock = new FakeClock();
  const errors = Array.from({ length: 99 }, () => failing('server'));
  const { session, askedAt } = scripted(clock, errors, { random: () => 0.999999, maxAttempts: 99 });
  const { error } = await run(clock, session);
  expect(error).toMatchObject({ code: 'server' });
  expect(Math.max(...askedAt)).toBeLessThan(600_000);
  expect(Math.max(...askedAt)).toBeGreaterThan(560_000);
});

test("the server's wait is obeyed, also above a minute, and never shortened", async () => {
  const clock = new FakeClock();
  const errors = [failing('rate_limited', { retryAfterMs: 90_000 }), failing('server', { retryAfterMs: 100 })];
  const { session, askedAt } = scripted(clock, errors);
  await run(clock, session);
  expect(askedAt).toEqual([0, 90_000, 90_500]);
});

test('a wait longer than allowed ends it at once and says how long it was', async () => {
  const clock = new FakeClock();
  const { session, askedAt } = scripted(clock, [failing('server', { status: 503, retryAfterMs: 3_600_000 })]);
  const { error } = await run(clock, session);
  expect(askedAt).toEqual([0]);
  expect(error).toMatchObject({
    code: 'rate_limited',
    status: 503,
    retryAfterMs: 3_600_000,
    message: 'It is server. The server asks to wait 3600 s, which is longer than the 600 s allowed.',
  });
});

test('a server that says not to ask again is not asked again', async () => {
  const clock = new FakeClock();
  const given = failing('server', { shouldRetry: false });
  const { session } = scripted(clock, [given]);
  expect((await run(clock, session)).error).toBe(given);
});

test('malformed responses are asked for at most twice more', async () => {
  const clock = new FakeClock();
  const { session, askedAt } = scripted(clock, [
    failing('malformed'),
    failing('server'),
    failing('malformed'),
    failing('malformed'),
  ]);
  expect((await run(clock, session)).error).toMatchObject({ code: 'malformed' });
  expect(askedAt).toHaveLength(4);
});

test('an abort ends a wait at once', async () => {
  const clock = new FakeClock();
  const { session, askedAt } = scripted(clock, [failing('server')]);
  const controller = new AbortController();
  const running = (async () => {
    for await (const event of session.respond(ask('hello'), controller.signal)) {
      expect(event.kind).toBe('retry');
      setImmediate(() => controller.abort());
    }
  })();
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  expect(askedAt).toHaveLength(1);
  expect(clock.sleeping).toBe(0);
});

test('a rate limit that names a wait silences every conversation on the model for that long', async () => {
  const clock = new FakeClock();
  const { session, askedAt } = scripted(clock, [failing('rate_limited', { retryAfterMs: 5000 })]);
  const { signal } = new AbortController();
  const first = Array.fromAsync(session.respond(ask('first'), signal));
  while (clock.sleeping < 1) await clock.advance(0);
  await clock.advance(1000);
  const second = Array.fromAsync(session.respond(ask('second'), signal));
  await clock.advance(4010);
  expect(await first).toHaveLength(2);
  expect(await second).toEqual([{ kind: 'waiting', reason: 'rate' }, { kind: 'waited', forMs: 4010 }, END]);
  // Who was refused asks first.
  expect(askedAt).toEqual([0, 5000, 5010]);
});

test('time spent silent for others does not count as time spent on a response', async () => {
  const clock = new FakeClock();
  const errors = [failing('rate_limited', { retryAfterMs: 600_000 }), undefined, failing('server')];
  const { session } = scripted(clock, errors);
  const { signal } = new AbortController();
  const first = Array.fromAsync(session.respond(ask('first'), signal));
  while (clock.sleeping < 1) await clock.advance(0);
  const second = Array.fromAsync(session.respond(ask('second'), signal));
  await clock.advance(601_000);
  expect((await first).map(({ kind }) => kind)).toEqual(['retry', 'end']);
  expect((await second).map(({ kind }) => kind)).toEqual(['waiting', 'waited', 'retry', 'end']);
});

test('an error that is no failure of a model goes through as it is', async () => {
  const clock = new FakeClock();
  const bug = new TypeError('a bug');
  const { session } = scripted(clock, [bug]);
  expect((await run(clock, session)).error).toBe(bug);
});
