import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/async/system-clock.ts';
import { VirtualClock } from '../../src/async/virtual-clock.ts';
import type { Cassette, CassettePlayer, RecordedExchange } from '../../src/contract/cassette.ts';
import type { Clock } from '../../src/contract/clock.ts';
import type { ModelEvent } from '../../src/contract/model.ts';
import type { ProviderOptions } from '../../src/providers/provider-options.ts';
import { ask, endOf, modelOf, respond } from './support/open-model.ts';
import { PROTOCOLS } from './support/protocols.ts';
import type { Answer } from './support/wire-server.ts';
import { json, reset, stalled, stream, WireServer } from './support/wire-server.ts';

/** What a test records, without a file. */
class Tape {
  readonly recorded: RecordedExchange[] = [];
  readonly underWay = new Set<() => void>();
  readonly givenBack: RecordedExchange[] = [];

  readonly recording: Cassette = {
    use: 'record',
    recorder: { underWay: this.underWay, write: (record) => record.kind === 'exchange' && this.recorded.push(record) },
  };

  /** Answers in the order of the recording. */
  get replay(): Cassette {
    const left = [...this.recorded];
    const player: Partial<CassettePlayer> = {
      takeExchange: () => {
        const recorded = left.shift();
        if (!recorded) return { ok: false, problem: 'Cannot replay this request: there is nothing like it.' };
        return { ok: true, recorded, giveBack: () => this.givenBack.push(recorded) };
      },
    };
    return { use: 'replay', player: player as CassettePlayer };
  }
}

/** The events of a response and the error that ended it, if one did, with the time of each by the clock. */
async function told(id: string, options: Partial<ProviderOptions>, request = ask('Hello', { conversation: 'p1' })) {
  const { clock = systemClock } = options;
  const startedAtMs = clock.now();
  const events: ModelEvent[] = [];
  const times: number[] = [];
  let error: unknown;
  try {
    await using session = await modelOf(id, options).open(new AbortController().signal);
    for await (const event of session.respond(request, new AbortController().signal)) {
      events.push(event);
      times.push(clock.now() - startedAtMs);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { events, times, error, tookMs: clock.now() - startedAtMs };
}

/** Records one response of a server that answers so, with as many attempts as there are answers. */
async function record(id: string, basePath: string, answers: readonly Answer[], more: Partial<ProviderOptions> = {}) {
  await using server = await WireServer.start(...answers);
  const tape = new Tape();
  const options = { baseUrl: server.origin + basePath, maxAttempts: answers.length, cassette: tape.recording, ...more };
  return { tape, live: await told(id, options), received: server.received };
}

describe.each(PROTOCOLS)('%s on a cassette', (_name, { id, basePath, text, call, ending }) => {
  const whole = stream(text('Hel'), text('lo'), call('c1', 'brew', '{"tea":"green"}'), ...ending);

  test('says the same again, with no key, no server, and the time that it took', async () => {
    const { tape, live } = await record(id, basePath, [whole]);
    expect(tape.recorded).toMatchObject([
      { conversation: 'p1', model: id, response: { status: 200 }, end: { how: 'complete' } },
    ]);
    expect(tape.underWay.size).toBe(0);
    const [recorded] = tape.recorded;
    const clock = new VirtualClock();
    const replayed = await told(id, { env: {}, clock, cassette: tape.replay });
    expect(replayed.error).toBe(undefined);
    expect(replayed.events).toEqual(live.events);
    expect(endOf(replayed.events).text).toBe('Hello');
    // One of the SDKs does not wait for the end once it has heard the last event.
    expect([recorded?.body.at(-1)?.[0], recorded?.end.atMs]).toContain(replayed.tookMs);
  });

  test('lets each piece come when it came', async () => {
    const { tape } = await record(id, basePath, [whole]);
    const [recorded] = tape.recorded;
    if (!recorded) throw new Error('nothing was recorded');
    const events = recorded.body
      .map(([, piece]) => piece)
      .join('')
      .split(/(?<=\n\n)/);
    const slowed = { ...recorded, body: events.map((event, index) => [1000 * (index + 1), event] as const) };
    const end = { how: 'complete', atMs: 90_000 } as const;
    tape.recorded.splice(0, 1, { ...slowed, response: { atMs: 500, status: 200, headers: {} }, end });
    const {
      events: heard,
      times,
      tookMs,
    } = await told(id, { env: {}, clock: new VirtualClock(), cassette: tape.replay });
    const texts = times.filter((_, index) => heard[index]?.kind === 'text');
    expect(texts).toEqual([1000, 2000]);
    expect([1000 * events.length, 90_000]).toContain(tookMs);
  });

  test('fails as it failed, attempt by attempt, and waits as long as it was asked to', async () => {
    const answers = [
      json(429, { error: { message: 'Slow down.' } }, { 'retry-after': '7', 'openai-organization': 'acme' }),
      json(500, { error: { message: 'Oops.' } }),
      reset(text('Hel')),
      stream(text('Hel')),
      whole,
    ];
    const { tape, live } = await record(id, basePath, answers, { clock: skipping() });
    const clock = new VirtualClock();
    const replayed = await told(id, { env: {}, clock, maxAttempts: answers.length, cassette: tape.replay });
    const codes = (events: readonly ModelEvent[]) =>
      events.flatMap((event) => (event.kind === 'retry' ? [`${event.error.code} ${event.waitMs}`] : []));
    expect(codes(replayed.events)).toEqual(codes(live.events));
    expect(codes(replayed.events)[0]).toBe('rate_limited 7000');
    expect(codes(replayed.events).map((code) => code.split(' ')[0])).toEqual([
      'rate_limited',
      'server',
      'connection',
      'incomplete_stream',
    ]);
    expect(endOf(replayed.events).text).toBe('Hello');
    expect(replayed.tookMs).toBeGreaterThan(7000);
    expect(JSON.stringify(tape.recorded)).not.toContain('acme');
  });

  test('falls silent where it fell silent', async () => {
    const { tape, live } = await record(id, basePath, [stalled(text('Hel'))], { idleTimeoutMs: 50 });
    expect(live.error).toMatchObject({ code: 'idle' });
    expect(tape.recorded).toMatchObject([{ end: { how: 'left' } }]);
    const clock = new VirtualClock();
    const options = { env: {}, clock, cassette: tape.replay };
    expect((await told(id, { ...options, idleTimeoutMs: 50 })).error).toMatchObject({ code: 'idle' });
    const patient = await told(id, { ...options, cassette: tape.replay, idleTimeoutMs: 60_000 });
    expect(patient.error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('stopped listening') });
    expect(patient.tookMs).toBeLessThan(2000);
  });

  test('is given back by who gives up before its end', async () => {
    const { tape } = await record(id, basePath, [whole]);
    const late = { ...tape.recorded[0], body: [[5000, 'late']] } as unknown as RecordedExchange;
    tape.recorded.splice(0, 1, late);
    const clock = new VirtualClock();
    const { error } = await told(id, { env: {}, clock, idleTimeoutMs: 1000, cassette: tape.replay });
    expect(error).toMatchObject({ code: 'idle' });
    expect(tape.givenBack).toEqual([late]);
  });

  test('says in its own words that a request has no recording, and is not asked again', async () => {
    const { error } = await told(id, { env: {}, maxAttempts: 6, cassette: new Tape().replay });
    expect(error).toMatchObject({
      code: 'unavailable',
      message: 'Cannot replay this request: there is nothing like it.',
    });
  });

  test('keeps nothing of who asks', async () => {
    const env = { OPENAI_API_KEY: 'sk-secret', GEMINI_API_KEY: 'g-secret', OPENAI_ORG_ID: 'org-secret' };
    const cookies = { 'set-cookie': 'session=secret', 'openai-organization': 'secret', 'x-request-id': 'secret' };
    const answer = json(400, { error: { message: 'No.' } }, { ...cookies, 'x-ratelimit-remaining-requests': '9' });
    const { tape, received } = await record(id, basePath, [answer], { env });
    expect(JSON.stringify(received[0]?.headers)).toContain('secret');
    expect(JSON.stringify(tape.recorded)).not.toContain('secret');
    expect(tape.recorded[0]?.response?.headers).toEqual({
      'content-type': 'application/json',
      'x-ratelimit-remaining-requests': '9',
    });
  });
});

test('what is still under way when a recording ends is recorded as far as it came', async () => {
  await using server = await WireServer.start(stalled('data: {"choices":[]}\n\ndata: half'));
  const tape = new Tape();
  const controller = new AbortController();
  const options = { baseUrl: `${server.origin}/v1`, cassette: tape.recording };
  const asking = respond(modelOf('openai-chat/m', options), ask('Hello'), controller.signal);
  asking.catch(() => {});
  // The server has answered once the head of its response is there.
  await expect.poll(() => server.received.length).toBe(1);
  for (const finish of tape.underWay) finish();
  expect(tape.recorded).toMatchObject([{ end: { how: 'left' } }]);
  controller.abort();
  await expect(asking).rejects.toMatchObject({ code: 'aborted' });
  expect(tape.recorded).toHaveLength(1);
});

test('of a request that was sent on only the response is recorded, and of one that was compressed the text', async () => {
  const moved: Answer = (response, { path }) => void response.writeHead(308, { location: `${path}/` }).end();
  const compressed: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    response.end(gzipSync('data: {"choices":[{"delta":{"content":"Hi."},"finish_reason":"stop"}]}\n\n'));
  };
  const { tape, live } = await record('openai-chat/m', '/v1', [moved, compressed], { maxAttempts: 1 });
  expect(tape.recorded).toMatchObject([
    { response: { status: 200 }, body: [[expect.any(Number), expect.stringContaining('Hi.')]] },
  ]);
  expect((await told('openai-chat/m', { cassette: tape.replay })).events).toEqual(live.events);
});

test('a date to come back at is recorded as the time until then, since it will be over', async () => {
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  const { tape } = await record('openai/m', '/v1', [json(429, {}, { 'retry-after': later })]);
  expect(Number(tape.recorded[0]?.response?.headers['retry-after'])).toBeCloseTo(3600, -2);
});

/** The machine's own time, in which waits between attempts take none. */
function skipping(): Clock {
  let skippedMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + skippedMs,
    sleep: async (ms) => {
      skippedMs += ms;
    },
  };
}
