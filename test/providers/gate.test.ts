import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelErrorCode } from '../../src/contract/model.ts';
import { failing, Gated, rateHeaders } from './support/gated.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('The adaptive limit of a gate', () => {
  it('begins with eight requests at once and doubles while all succeed', async () => {
    const gated = new Gated(() => gated.clock.sleep(SECOND).then(() => 1));
    gated.askMany(100);
    await gated.clock.advance(0);
    expect(gated.running).toBe(8);
    await gated.clock.advance(SECOND);
    expect(gated.running).toBe(16);
    await gated.clock.advance(SECOND);
    expect(gated.running).toBe(32);
    await gated.clock.advance(MINUTE);
    expect(gated.outcomes).toHaveLength(100);
    expect(gated.limits).toEqual(['8 start', '16 growth', '32 growth', '64 growth']);
  });

  it('is cut once when many are refused at the same time, and grows by one per window from then on', async () => {
    const gated = new Gated(async (n) => {
      await gated.clock.sleep(SECOND);
      if (n <= 8) throw failing('rate_limited', { retryAfterMs: 5 * SECOND });
      return 1;
    });
    gated.askMany(30);
    await gated.clock.advance(MINUTE);
    expect(gated.outcomes.filter(({ error }) => !error)).toHaveLength(30);
    expect(gated.limits).toEqual(['8 start', '4 rate_limited', '5 growth', '6 growth', '7 growth', '8 growth']);
    expect(gated.askedAt).toHaveLength(38);
  });

  it('only stops growing when the server fails for other reasons', async () => {
    const gated = new Gated(async (n) => {
      await gated.clock.sleep(SECOND);
      if (n % 4 === 0) throw failing('server');
      return 1;
    });
    gated.askMany(100);
    await gated.clock.advance(10 * MINUTE);
    expect(gated.limits).toEqual(['8 start']);
    expect(gated.outcomes.filter(({ error }) => !error)).toHaveLength(100);
  });

  it('is found out anew for those who are to start as others did, while the rates that were set hold on', async () => {
    const gated = new Gated(
      async (n) => {
        await gated.clock.sleep(SECOND);
        if (n <= 4) throw failing('rate_limited', { retryAfterMs: SECOND });
        return 1;
      },
      { rpm: 12 },
    );
    gated.askMany(4);
    await gated.clock.advance(30 * SECOND);
    gated.gate.findOutAnew();
    gated.askMany(20);
    await gated.clock.advance(0);
    expect(gated.limits).toEqual(['8 start', '2 rate_limited', '8 start']);
    expect(gated.running).toBe(4);
  });

  it('can be switched off', async () => {
    const gated = new Gated(() => gated.clock.sleep(SECOND).then(() => 1), { adaptive: false });
    gated.askMany(100);
    await gated.clock.advance(0);
    expect(gated.running).toBe(100);
    await gated.clock.advance(SECOND);
    expect(gated.limits).toEqual([]);
  });

  it('gives back the place of a response that nobody reads to its end', async () => {
    const gated = new Gated((_n, _request, signal) => gated.clock.sleep(MINUTE, signal).then(() => 1));
    const aborts = Array.from({ length: 8 }, () => new AbortController());
    for (const { signal } of aborts) void gated.ask('aborted', signal);
    void gated.ask('waiting');
    await gated.clock.advance(SECOND);
    expect(gated.askedBy).not.toContain('waiting');
    aborts[3]?.abort();
    await gated.clock.advance(0);
    expect(gated.askedBy.at(-1)).toBe('waiting');
  });
});

describe('The line before a gate', () => {
  it('is served in the order of arrival, with retries before those that never had their turn', async () => {
    const gated = new Gated(async (n) => {
      await gated.clock.sleep(SECOND);
      if (n === 1) throw failing('server');
      return 1;
    });
    gated.askMany(30);
    await gated.clock.advance(MINUTE);
    const firsts = gated.askedBy.filter((name, index) => gated.askedBy.indexOf(name) === index);
    expect(firsts).toEqual(Array.from({ length: 30 }, (_, index) => `${index}`));
    // Back after its own wait of a quarter of a second, it goes with the next window.
    expect(gated.askedAt[gated.askedBy.lastIndexOf('0')]).toBe(2 * SECOND);
  });

  it('is left by those that are aborted, at once, without a request', async () => {
    const gated = new Gated(() => gated.clock.sleep(SECOND).then(() => 1));
    gated.askMany(8);
    const abort = new AbortController();
    void gated.ask('aborted', abort.signal);
    await gated.clock.advance(10);
    abort.abort();
    await gated.clock.advance(0);
    expect(gated.outcomes).toMatchObject([{ name: 'aborted', error: { code: 'aborted' }, atMs: 10 }]);
    await gated.clock.advance(MINUTE);
    expect(gated.askedBy).not.toContain('aborted');
    await gated.ask('late', AbortSignal.abort());
    expect(gated.outcomes.at(-1)).toMatchObject({ error: { code: 'aborted' } });
    expect(gated.askedBy).not.toContain('late');
  });

  it('is told of when it begins and when it is over, before the attempt that it delays, and not where it is no wait', async () => {
    const gated = new Gated(() => gated.clock.sleep(SECOND).then(() => 1));
    gated.askMany(9);
    await gated.clock.advance(MINUTE);
    const kinds = gated.outcomes.map(({ events }) => events.map((event) => event.kind));
    expect(kinds.slice(0, 8)).toEqual(Array(8).fill(['end']));
    expect(gated.outcomes[8]?.events).toMatchObject([
      { kind: 'waiting', reason: 'rate' },
      { kind: 'waited', forMs: SECOND },
      { kind: 'end' },
    ]);
  });

  it('leaves no timer behind', async () => {
    const gated = new Gated(() => Promise.resolve(1), { rpm: 1 });
    const abort = new AbortController();
    await gated.ask('first');
    void gated.ask('second', abort.signal);
    await gated.clock.advance(0);
    expect(gated.clock.sleeping).toBe(1);
    abort.abort();
    await gated.clock.advance(0);
    expect(gated.clock.sleeping).toBe(0);
  });
});

describe('An attempt after three refusals', () => {
  it('is let through on its own', async () => {
    const startedAt = (gated: Gated, name: string) => gated.askedAt.filter((_, index) => gated.askedBy[index] === name);
    let refusals = 0;
    const gated = new Gated(
      async (_n, request) => {
        if (request.instructions === 'unlucky' && ++refusals <= 3) throw failing('rate_limited');
        await gated.clock.sleep(100);
        return 1;
      },
      { adaptive: false },
    );
    void gated.ask('unlucky');
    for (let atMs = 50; atMs < 10_000; atMs += 100) gated.clock.after(atMs, () => void gated.ask('other'));
    await gated.clock.advance(MINUTE);
    const last = startedAt(gated, 'unlucky').at(-1) ?? 0;
    expect(Math.max(...startedAt(gated, 'other').filter((atMs) => atMs < last))).toBeLessThanOrEqual(last - 1000);
    expect(gated.outcomes.filter(({ error }) => !error)).toHaveLength(101);
  });
});

describe('Rates that were set', () => {
  it('let only so many requests start within any minute', async () => {
    const gated = new Gated(() => Promise.resolve(1), { rpm: 3 });
    gated.askMany(8);
    await gated.clock.advance(3 * MINUTE);
    expect(gated.askedAt).toEqual([0, 0, 0, MINUTE, MINUTE, MINUTE, 2 * MINUTE, 2 * MINUTE]);
  });

  it('let only so many tokens be used within any minute, as estimated before and corrected after', async () => {
    // 100 tokens of question, and 256 for an answer before there was any: three of them fit.
    const gated = new Gated(() => Promise.resolve(199), { tpm: 1200 });
    const text = 'x'.repeat(399);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void gated.ask(name, undefined, text);
    await gated.clock.advance(0);
    // They turn out to be 200 each, so that two more of 299 fit; with those at 200 too, the next one does not.
    expect(gated.askedBy).toEqual(['a', 'b', 'c', 'd', 'e']);
    await gated.clock.advance(MINUTE);
    expect(gated.askedBy).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('do not count the tokens of a request that was turned away', async () => {
    const gated = new Gated(
      async (n) => {
        if (n === 1) throw failing('rate_limited');
        return 1;
      },
      { tpm: 300 },
    );
    void gated.ask('a');
    await gated.clock.advance(SECOND);
    expect(gated.outcomes).toMatchObject([{ error: undefined, atMs: 250 }]);
  });

  it('let a request through that is larger than a whole minute allows, once nothing else is in use', async () => {
    const gated = new Gated(() => Promise.resolve(1), { tpm: 100 });
    await gated.ask('huge', undefined, 'x'.repeat(4000));
    expect(gated.outcomes).toHaveLength(1);
  });
});

describe('Headers', () => {
  const told = (gated: Gated, fields: Record<string, string>, ok = true) =>
    gated.gate.hear(gated.gate.send(), { ok, headers: rateHeaders(fields) });

  it('that say nothing remains make requests wait until some comes back', async () => {
    const gated = new Gated(async () => {
      await gated.clock.sleep(0);
      told(gated, { 'limit-requests': '60', 'remaining-requests': '0', 'reset-requests': '1m0s' });
      return 1;
    });
    gated.askMany(3);
    await gated.clock.advance(10 * SECOND);
    expect(gated.askedAt).toEqual([0, 0, 0]);
    gated.askMany(2);
    await gated.clock.advance(0);
    expect(gated.askedAt).toEqual([0, 0, 0, 10_000, 10_000]);
    gated.askMany(2);
    await gated.clock.advance(10 * SECOND);
    // One comes back each second.
    expect(gated.askedAt.slice(5)).toEqual([11_000, 12_000]);
  });

  it('count tokens too', async () => {
    const gated = new Gated(() => Promise.resolve(1));
    told(gated, { 'limit-tokens': '6000', 'remaining-tokens': '56', 'reset-tokens': '59.44s' });
    void gated.ask('a');
    await gated.clock.advance(MINUTE);
    // 257 tokens, of which 201 have to come back at 100 a second.
    expect(gated.askedAt).toEqual([2010]);
  });

  it('are believed for a minute, and no longer', async () => {
    const gated = new Gated(() => Promise.resolve(1));
    told(gated, { 'limit-requests': '10', 'remaining-requests': '0', 'reset-requests': '24h0m0s' });
    void gated.ask('a');
    await gated.clock.advance(10 * MINUTE);
    expect(gated.askedAt).toEqual([MINUTE]);
  });

  it('of an older request do not undo what a newer one has told', async () => {
    const gated = new Gated(() => Promise.resolve(1));
    const [older, newer] = [gated.gate.send(), gated.gate.send()];
    const fields = (remaining: string) =>
      rateHeaders({ 'limit-requests': '60', 'remaining-requests': remaining, 'reset-requests': '60s' });
    gated.gate.hear(newer, { ok: true, headers: fields('0') });
    gated.gate.hear(older, { ok: true, headers: fields('30') });
    void gated.ask('a');
    await gated.clock.advance(MINUTE);
    expect(gated.askedAt).toEqual([SECOND]);
  });

  it('do not know of requests that were sent later', async () => {
    const gated = new Gated(() => gated.clock.sleep(SECOND).then(() => 1));
    const first = gated.gate.send();
    gated.askMany(3);
    await gated.clock.advance(0);
    const headers = rateHeaders({ 'limit-requests': '60', 'remaining-requests': '3', 'reset-requests': '57s' });
    gated.gate.hear(first, { ok: true, headers });
    void gated.ask('a');
    await gated.clock.advance(MINUTE);
    expect(gated.askedAt).toEqual([0, 0, 0, SECOND]);
  });

  it('that tell of room raise the limit to what is wanted, until the first refusal', async () => {
    const gated = new Gated(async () => {
      await gated.clock.sleep(SECOND);
      return 1;
    });
    gated.askMany(50);
    await gated.clock.advance(500);
    const room = { 'limit-requests': '500', 'remaining-requests': '490', 'reset-requests': '1s' };
    told(gated, room, false);
    expect(gated.limits).toEqual(['8 start']);
    told(gated, room);
    await gated.clock.advance(0);
    expect(gated.limits).toEqual(['8 start', '50 headers']);
    expect(gated.running).toBe(50);
  });

  it.each([
    [{ 'limit-requests': 'many', 'remaining-requests': '0', 'reset-requests': '1m' }],
    [{ 'limit-requests': '-5', 'remaining-requests': '-5', 'reset-requests': '-1s' }],
    [{ 'limit-requests': '0', 'remaining-requests': '0', 'reset-requests': '0s' }],
    [{ 'remaining-requests': '0' }],
    [{ 'limit-requests': '10', 'remaining-requests': '10', 'reset-requests': 'soon' }],
  ])('of no sense mean nothing: %j', async (fields) => {
    const gated = new Gated(() => Promise.resolve(1));
    told(gated, { ...fields });
    await gated.ask('a');
    expect(gated.askedAt).toEqual([0]);
  });
});

describe('The circuit', () => {
  it('opens when retries have used up their budget, and closes when a probe is answered', async () => {
    let isDown = true;
    const gated = new Gated(async () => {
      if (isDown) throw failing('connection');
      return 1;
    });
    gated.askMany(60);
    await gated.clock.advance(20 * SECOND);
    const opened = gated.askedAt.length;
    const lastBefore = gated.askedAt.at(-1) ?? 0;
    await gated.clock.advance(MINUTE);
    expect(gated.askedAt.slice(opened)).toEqual(
      Array.from({ length: 12 }, (_, n) => lastBefore + (n + 1) * 5 * SECOND),
    );
    expect(gated.outcomes).toEqual([]);
    isDown = false;
    expect(gated.outages).toEqual([{ model: 'test/m', isOver: false }]);
    await gated.clock.advance(MINUTE);
    expect(gated.outcomes.filter(({ error }) => !error)).toHaveLength(60);
    expect(gated.outages).toEqual([
      { model: 'test/m', isOver: false },
      { model: 'test/m', isOver: true },
    ]);
    const reasons = gated.outcomes.flatMap(({ events }) =>
      events.flatMap((each) => ('reason' in each ? each.reason : [])),
    );
    expect(reasons.filter((reason) => reason === 'outage').length).toBeGreaterThan(40);
    expect(gated.down).toEqual([]);
  });

  it('ends everything when no probe is answered for ten minutes, and says so once', async () => {
    const gated = new Gated(async () => {
      throw failing('connection');
    });
    gated.askMany(60);
    await gated.clock.advance(15 * MINUTE);
    expect(gated.outcomes).toHaveLength(60);
    expect(new Set(gated.outcomes.map(({ error }) => error)).size).toBe(1);
    expect(gated.outcomes[0]?.error).toMatchObject({
      code: 'provider_down',
      message: 'Cannot ask test/m: it has answered no request for ten minutes. The last failure: It is connection.',
    });
    expect(gated.down).toEqual([expect.stringContaining('Cannot ask test/m')]);
    const asked = gated.askedAt.length;
    expect(asked).toBeLessThan(60 + 100 + 10 + 121);
    await gated.ask('later');
    expect(gated.outcomes.at(-1)).toMatchObject({ error: { code: 'provider_down' } });
    expect(gated.askedAt).toHaveLength(asked);
    expect(gated.clock.sleeping).toBe(0);
  });

  it.each([
    ['at once', 0],
    ['slower than probes are made', 6 * SECOND],
  ])(
    'does not hold it against a response that it was sent as a probe again and again, failing %s',
    async (_, tookMs) => {
      const gated = new Gated(async () => {
        if (gated.askedAt.length > 200) await gated.clock.sleep(tookMs);
        throw failing('connection');
      });
      const others = new AbortController();
      for (let index = 0; index < 60; index++) void gated.ask(`${index}`, others.signal);
      void gated.ask('last');
      await gated.clock.advance(2 * MINUTE);
      others.abort();
      await gated.clock.advance(7 * MINUTE);
      expect(gated.outcomes).toHaveLength(60);
      await gated.clock.advance(90 * SECOND);
      expect(gated.outcomes.at(-1)).toMatchObject({ name: 'last', error: { code: 'provider_down' } });
      expect(gated.askedBy.filter((name) => name === 'last').length).toBeGreaterThan(50);
    },
  );

  it('closes when a probe is refused for what it asks: the provider answers', async () => {
    let isDown = true;
    const gated = new Gated(async () => {
      if (isDown) throw failing('connection');
      if (gated.askedAt.length === asked + 1) throw failing('rejected');
      return 1;
    });
    gated.askMany(60);
    await gated.clock.advance(20 * SECOND);
    const asked = gated.askedAt.length;
    isDown = false;
    await gated.clock.advance(10 * SECOND);
    expect(gated.outcomes.map(({ error }) => (error ? 'rejected' : 'done')).sort()).toEqual([
      ...Array(59).fill('done'),
      'rejected',
    ]);
  });

  it('is open for ten minutes at most also while probes are not answered at all', async () => {
    let hangs = false;
    const gated = new Gated(async (_n, _request, signal) => {
      if (hangs) await gated.clock.sleep(60 * MINUTE, signal);
      throw failing('connection');
    });
    gated.askMany(60);
    await gated.clock.advance(20 * SECOND);
    hangs = true;
    await gated.clock.advance(12 * MINUTE);
    expect(gated.down).toHaveLength(1);
    expect(gated.outcomes).toHaveLength(60 - gated.running);
    expect(gated.running).toBe(8);
  });

  it.each(['quota', 'authentication'] as const)(
    'opens for good on %s, for all that wait and all that come',
    async (code) => {
      const lasting = failing(code);
      const gated = new Gated(async (n) => {
        if (n === 1) throw failing('server');
        await gated.clock.sleep(100);
        throw lasting;
      });
      gated.askMany(100);
      await gated.clock.advance(100);
      expect(gated.outcomes).toHaveLength(100);
      expect(gated.outcomes.every(({ error }) => error === lasting)).toBe(true);
      expect(gated.askedAt.length).toBeLessThan(10);
      await gated.ask('later');
      expect(gated.outcomes.at(-1)?.error).toBe(lasting);
      expect(gated.askedAt.length).toBeLessThan(10);
      expect(gated.down).toEqual([lasting.message]);
      expect(gated.clock.sleeping).toBe(0);
    },
  );
});

describe('A wait that the server asks for', () => {
  it('is kept by all, and longer than allowed turns all away until the rest of it is short enough', async () => {
    const gated = new Gated(
      async (n) => {
        if (n <= 8) throw failing('rate_limited', { retryAfterMs: 10 * MINUTE - 80 + 10 * n });
        return 1;
      },
      { maxRetryWaitMs: MINUTE },
    );
    gated.askMany(20);
    await gated.clock.advance(0);
    expect(gated.outcomes).toHaveLength(20);
    expect(gated.outcomes.every(({ error }) => (error as { code: string }).code === 'rate_limited')).toBe(true);
    expect(gated.askedAt.length).toBeLessThanOrEqual(8);
    expect(gated.down).toHaveLength(1);
    await gated.clock.advance(5 * MINUTE);
    await gated.ask('too early');
    expect(gated.outcomes.at(-1)).toMatchObject({ error: { code: 'rate_limited' } });
    await gated.clock.advance(4.5 * MINUTE);
    void gated.ask('soon enough');
    await gated.clock.advance(MINUTE);
    expect(gated.outcomes.at(-1)).toMatchObject({ name: 'soon enough', error: undefined, atMs: 10 * MINUTE + 10 });
  });
});

describe('Whatever the server does', () => {
  const codes: readonly ModelErrorCode[] = ['rate_limited', 'server', 'connection', 'idle', 'malformed', 'rejected'];
  const code = fc.option(fc.constantFrom(...codes), { nil: undefined, freq: 1 });
  const plan = fc.record({
    rpm: fc.option(fc.integer({ min: 5, max: 40 }), { nil: undefined }),
    tpm: fc.option(fc.integer({ min: 3000, max: 30_000 }), { nil: undefined }),
    faults: fc.array(fc.record({ code, tookMs: fc.integer({ min: 0, max: 3000 }) }), { minLength: 1, maxLength: 60 }),
    asks: fc.array(fc.record({ atMs: fc.nat(20_000), abortAfterMs: fc.option(fc.nat(20_000), { nil: undefined }) }), {
      minLength: 1,
      maxLength: 60,
    }),
  });

  it('every response has one end, and never do more run or start than the limit and the rates allow', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ rpm, tpm, faults, asks }) => {
        const tooMany: number[] = [];
        const used: { readonly atMs: number; tokens: number }[] = [];
        const gated = new Gated(
          async (n, _request, signal) => {
            if (gated.running > (gated.changes.at(-1)?.limit ?? 0)) tooMany.push(n);
            // No more than the estimate, and nothing where it is turned away.
            const part = { atMs: gated.clock.now(), tokens: 200 };
            used.push(part);
            const { code, tookMs } = faults[n % faults.length] ?? { code: undefined, tookMs: 0 };
            await gated.clock.sleep(tookMs, signal).catch(() => {
              throw failing('aborted');
            });
            if (code === 'rate_limited') part.tokens = 0;
            if (code) throw failing(code);
            return part.tokens - 1;
          },
          { ...(rpm === undefined ? {} : { rpm }), ...(tpm === undefined ? {} : { tpm }) },
        );
        for (const [index, { atMs, abortAfterMs }] of asks.entries()) {
          const abort = new AbortController();
          gated.clock.after(atMs, () => void gated.ask(`${index}`, abort.signal));
          if (abortAfterMs !== undefined) gated.clock.after(atMs + abortAfterMs, () => abort.abort());
        }
        await gated.clock.advance(60 * MINUTE);
        expect(gated.outcomes.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toEqual([...asks.keys()]);
        expect(tooMany).toEqual([]);
        expect(gated.running).toBe(0);
        expect(gated.clock.sleeping).toBe(0);
        for (const atMs of gated.askedAt) {
          const inMinute = (at: number) => at > atMs - MINUTE && at <= atMs;
          expect(gated.askedAt.filter(inMinute).length).toBeLessThanOrEqual(rpm ?? Number.POSITIVE_INFINITY);
          const tokens = used.filter((part) => inMinute(part.atMs)).reduce((sum, part) => sum + part.tokens, 0);
          expect(tokens).toBeLessThanOrEqual(tpm ?? Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 40 },
    );
  });
});
