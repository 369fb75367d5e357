import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amount, AmountLimits, GiveBack } from '../../src/run/allowance.ts';
import { Allowance, NOTHING } from '../../src/run/allowance.ts';
import { settle } from '../support/fake-clock.ts';

const tokens = (count: number): Amount => ({ tokens: count, nanoUsd: 0 });

function taken(answer: GiveBack | 'exceeded'): GiveBack {
  if (answer === 'exceeded') throw new Error('it was not granted');
  return answer;
}

function part(amount: Amount, share: number): Amount {
  return { tokens: Math.floor(amount.tokens * share), nanoUsd: Math.floor(amount.nanoUsd * share) };
}

/** Asks, and tells how it stands without waiting for it. */
function ask(allowance: Allowance, need: Amount, signal?: AbortSignal) {
  const asked: { answer?: GiveBack | 'exceeded'; error?: unknown } = {};
  allowance.take(need, signal ? [signal] : []).then(
    (answer) => {
      asked.answer = answer;
    },
    (error: unknown) => {
      asked.error = error;
    },
  );
  return asked;
}

describe('An allowance', () => {
  it('grants at once what fits beside all that is set aside', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const [one, other] = [ask(allowance, tokens(40)), ask(allowance, tokens(60))];
    await settle();
    expect(one.answer).toBeTypeOf('function');
    expect(other.answer).toBeTypeOf('function');
    expect(allowance.reserved).toEqual(tokens(100));
  });

  it('lets a request wait while only what others have set aside is in its way', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const giveBack = taken(await allowance.take(tokens(90), []));
    const waiting = ask(allowance, tokens(50));
    await settle();
    expect(waiting).toEqual({});
    giveBack(tokens(50));
    await settle();
    expect(waiting.answer).toBeTypeOf('function');
    expect(allowance.used).toEqual(tokens(50));
    expect(allowance.reserved).toEqual(tokens(50));
  });

  it('refuses what would not fit even if all that is set aside came back unused', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const giveBack = taken(await allowance.take(tokens(90), []));
    expect(await allowance.take(tokens(101), [])).toBe('exceeded');
    const waiting = ask(allowance, tokens(50));
    giveBack(tokens(51));
    await settle();
    expect(waiting.answer).toBe('exceeded');
    expect(allowance.reserved).toEqual(NOTHING);
  });

  it('holds to the limit of cost as to that of tokens, and says which one is in the way', async () => {
    const allowance = new Allowance({ tokens: 100, nanoUsd: 10 });
    expect(allowance.limitPassedBy({ tokens: 100, nanoUsd: 10 })).toBeUndefined();
    expect(allowance.limitPassedBy({ tokens: 101, nanoUsd: 10 })).toBe('tokens');
    expect(allowance.limitPassedBy({ tokens: 100, nanoUsd: 11 })).toBe('nanoUsd');
    expect(await allowance.take({ tokens: 1, nanoUsd: 11 }, [])).toBe('exceeded');
  });

  it('lets nobody overtake a request that waits for much', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const giveBack = taken(await allowance.take(tokens(60), []));
    const large = ask(allowance, tokens(80));
    const small = ask(allowance, tokens(10));
    await settle();
    expect([large, small]).toEqual([{}, {}]);
    giveBack(NOTHING);
    await settle();
    expect(large.answer).toBeTypeOf('function');
    expect(small.answer).toBeTypeOf('function');
  });

  it('lets those behind go on when the one that waits in front gives up', async () => {
    const allowance = new Allowance({ tokens: 100 });
    taken(await allowance.take(tokens(60), []));
    const abort = new AbortController();
    const first = ask(allowance, tokens(80), abort.signal);
    const second = ask(allowance, tokens(10));
    await settle();
    abort.abort(new Error('enough'));
    await settle();
    expect(first.error).toEqual(new Error('enough'));
    expect(second.answer).toBeTypeOf('function');
    expect(allowance.reserved).toEqual(tokens(70));
    await expect(allowance.take(tokens(1), [abort.signal])).rejects.toThrow('enough');
  });

  it('takes back once only', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const giveBack = taken(await allowance.take(tokens(60), []));
    expect(giveBack(tokens(10))).toBe(true);
    expect(giveBack(tokens(10))).toBe(false);
    expect(allowance.used).toEqual(tokens(10));
    expect(allowance.reserved).toEqual(NOTHING);
  });

  it('grants nothing more once it is closed, and keeps nobody waiting', async () => {
    const allowance = new Allowance({ tokens: 100 });
    const giveBack = taken(await allowance.take(tokens(60), []));
    const waiting = ask(allowance, tokens(80));
    allowance.close();
    await settle();
    expect(waiting.answer).toBe('exceeded');
    expect(await allowance.take(tokens(1), [])).toBe('exceeded');
    giveBack(tokens(7));
    expect(allowance.used).toEqual(tokens(7));
  });
});

describe('Whatever is asked of an allowance, in whatever order', () => {
  const amount = fc.record({ tokens: fc.nat(60), nanoUsd: fc.nat(60) });
  const request = fc.record({
    need: amount,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    outcome: fc.constantFrom('settles', 'fails', 'is aborted'),
  });
  const limits: fc.Arbitrary<AmountLimits> = fc.record(
    { tokens: fc.integer({ min: 30, max: 400 }), nanoUsd: fc.integer({ min: 30, max: 400 }) },
    { requiredKeys: [] },
  );

  it('never passes a limit, gives all back, leaves nobody waiting, and refuses nobody for what others might use', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.array(request, { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.scheduler(),
        async (most, requests, concurrency, scheduler) => {
          const allowance = new Allowance(most);
          const sum = { tokens: 0, nanoUsd: 0 };
          let ended = 0;
          const runOne = async ({ need, share, outcome }: (typeof requests)[number]) => {
            const abort = new AbortController();
            if (outcome === 'is aborted') void scheduler.schedule(Promise.resolve()).then(() => abort.abort());
            const answer = await allowance.take(need, [abort.signal]).catch(() => 'aborted' as const);
            if (answer === 'exceeded') expect(allowance.limitPassedBy(need)).toBeDefined();
            if (typeof answer === 'function') {
              await scheduler.schedule(Promise.resolve());
              const used = outcome === 'settles' ? part(need, share) : NOTHING;
              sum.tokens += used.tokens;
              sum.nanoUsd += used.nanoUsd;
              answer(used);
            }
            const { tokens: mostTokens = Number.POSITIVE_INFINITY, nanoUsd: mostUsd = Number.POSITIVE_INFINITY } = most;
            expect(sum.tokens).toBeLessThanOrEqual(mostTokens);
            expect(sum.nanoUsd).toBeLessThanOrEqual(mostUsd);
            ended += 1;
          };
          const left = [...requests];
          const worker = async () => {
            for (let next = left.shift(); next; next = left.shift()) await runOne(next);
          };
          const all = Promise.all(Array.from({ length: concurrency }, worker));
          await scheduler.waitFor(all);
          expect(ended).toBe(requests.length);
          expect(allowance.reserved).toEqual(NOTHING);
          expect(allowance.used).toEqual(sum);
        },
      ),
      { numRuns: 300 },
    );
  });
});
