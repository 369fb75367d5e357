import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../src/agent/request-budget.ts';
import { UserError } from '../../src/contract/errors.ts';
import type { ModelRequest, Usage } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import { RunBudget } from '../../src/run/budget.ts';
import type { BudgetLimits } from '../../src/run/limit-problem.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

const MODEL = 'openai-chat/some-model';
/** What is enough for a response of a model that little is known of, and what it is hardly ever less than. */
const AMPLE_OUTPUT = 8192;
const LEAST_OUTPUT = 1024;
/** What the input of the request is taken for at most. */
const INPUT = 24;
const REQUEST: ModelRequest = { instructions: '', messages: [{ role: 'user', text: 'Hello' }], tools: [] };

const PRICELESS = ['sim/offline', 'openai/priceless'];

/** A dollar for each million tokens of input, ten for each million of output. */
function priceOf(modelId: string, { inputTokens, outputTokens }: Usage): number | undefined {
  return PRICELESS.includes(modelId) ? undefined : (inputTokens + 10 * outputTokens) / 1e6;
}

function open(limits: BudgetLimits, { ranMs = 0, requestsAtOnce = 1 } = {}) {
  const clock = new FakeClock();
  const problems: string[] = [];
  let loaded = 0;
  const openPrices = async () => {
    loaded += 1;
    return priceOf;
  };
  const onExceeded = (problem: string) => problems.push(problem);
  const budget = new RunBudget(limits, { clock, requestsAtOnce, ranMs, openPrices, onExceeded });
  return { budget, clock, problems, loads: () => loaded };
}

async function granted(budget: RunBudget, modelId = MODEL): Promise<Reservation> {
  const answer = await budget.reserve(modelId, REQUEST, { signals: [] });
  if ('exceeded' in answer) throw new Error(answer.exceeded);
  return answer;
}

const usage = (inputTokens: number, outputTokens: number): Usage => ({ ...NO_USAGE, inputTokens, outputTokens });

describe('A budget', () => {
  it('tells what a response cost at list price, and holds nobody up without limits', async () => {
    const { budget } = open({});
    const reservations = await Promise.all(Array.from({ length: 100 }, () => granted(budget)));
    expect(budget.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
    expect(reservations.map((each) => each.settle(usage(1_000_000, 100_000)))).toEqual(new Array(100).fill(2));
    expect(budget.used).toEqual({ tokens: 110_000_000, nanoUsd: 200e9 });
  });

  it('loads the prices once, and not for models that have none', async () => {
    const { budget, loads } = open({ maxTokens: 1_000_000 });
    expect((await granted(budget, 'sim/offline')).settle(usage(1, 1))).toBeUndefined();
    expect(loads()).toBe(0);
    await Promise.all([granted(budget), granted(budget), granted(budget, 'gemini/x')]);
    expect(loads()).toBe(1);
  });

  it('sets aside the most that a response may take and gives back what it did not', async () => {
    const { budget } = open({ maxTokens: 100_000, maxCostUsd: 1 });
    const reservation = await granted(budget);
    expect(reservation.maxOutputTokens).toBe(AMPLE_OUTPUT);
    expect(budget.reserved).toEqual({ tokens: AMPLE_OUTPUT + INPUT, nanoUsd: AMPLE_OUTPUT * 10_000 + INPUT * 1000 });
    reservation.settle(usage(10, 5));
    expect(budget.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
    expect(budget.used).toEqual({ tokens: 15, nanoUsd: 60_000 });
  });

  it('lets as many run at once as there may be, each with its share of what is left', async () => {
    const { budget } = open({ maxTokens: 1_000_000 }, { requestsAtOnce: 10 });
    // Of a model that may write 128,000 tokens.
    const reservations = await Promise.all(Array.from({ length: 10 }, () => granted(budget, 'openai/gpt-5.6-luna')));
    for (const { maxOutputTokens } of reservations) expect(maxOutputTokens).toBe(100_000 - INPUT);
  });

  it('shares by what a response costs where cost is limited', async () => {
    const { budget } = open({ maxCostUsd: 1, maxTokens: 1e9 }, { requestsAtOnce: 4 });
    const { maxOutputTokens = 0 } = await granted(budget, 'openai/gpt-5.6-luna');
    expect(maxOutputTokens * 10 + INPUT).toBeLessThanOrEqual(250_000);
    expect((maxOutputTokens + 1) * 10 + INPUT).toBeGreaterThan(250_000);
  });

  it('lets nobody have more than the model can write', async () => {
    const { budget } = open({ maxTokens: 1e9 });
    expect((await granted(budget, 'openai/gpt-4o-mini')).maxOutputTokens).toBe(16_384);
  });

  it('lets fewer run at once rather than cut responses off, and the last of them have what is left', async () => {
    const { budget } = open({ maxTokens: 20_000 }, { requestsAtOnce: 10 });
    const running = [await granted(budget), await granted(budget)];
    expect(running.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([AMPLE_OUTPUT, AMPLE_OUTPUT]);
    const third = granted(budget);
    await settle();
    expect(budget.reserved.tokens).toBe(2 * (AMPLE_OUTPUT + INPUT));
    for (const each of running) each.settle(usage(18, 6000));
    expect((await third).maxOutputTokens).toBe(20_000 - 2 * 6018 - INPUT);
  });

  it('has to be less careful with a model that it has seen much of', async () => {
    const { budget } = open({ maxTokens: 20_000 }, { requestsAtOnce: 20 });
    for (let seen = 0; seen < 16; seen++) (await granted(budget)).settle(usage(18, 50));
    expect((await granted(budget)).maxOutputTokens).toBe(2048);
  });

  it('expects responses that are longer once one was cut off', async () => {
    const { budget } = open({ maxTokens: 100_000 }, { requestsAtOnce: 20 });
    const reservation = await granted(budget);
    const cut = usage(18, AMPLE_OUTPUT);
    expect(reservation.cutOffBy(cut)).toBe(
      '--max-tokens: cut off after 8,192 tokens of output, as many as could be set aside for it',
    );
    reservation.settle(cut);
    expect(budget.reached).toBe('maxTokens');
    expect(budget.exceeded).toBeUndefined();
    expect((await granted(budget)).maxOutputTokens).toBe(4 * 8192);
  });

  it('is not what cut a response off that the model or its server ended before or could not go on with', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    expect((await granted(budget)).cutOffBy(usage(18, 4096))).toBeUndefined();
    const mini = await granted(budget, 'openai/gpt-4o-mini');
    expect(mini.cutOffBy(usage(18, 16_384))).toBeUndefined();
    expect(budget.reached).toBeUndefined();
  });

  it('takes requests for larger once the vendor counts more than it was ready for', async () => {
    const { budget } = open({ maxTokens: 1_000_000 });
    (await granted(budget)).settle(usage(5018, 5));
    (await granted(budget)).settle(undefined);
    await granted(budget);
    expect(budget.reserved.tokens).toBe(AMPLE_OUTPUT + Math.ceil((5018 * 4) / 3));
  });

  it('holds a server that takes no notice of the maximum to what it may really use', async () => {
    const { budget, problems } = open({ maxTokens: 20_000 });
    (await granted(budget)).settle(usage(18, 9000));
    expect(await budget.reserve(MODEL, REQUEST, { signals: [] })).toHaveProperty('exceeded');
    expect(problems).toHaveLength(1);
  });

  it('lets requests wait for each other rather than end the run for what they hardly ever use', async () => {
    const { budget, clock, problems } = open({ maxTokens: 12_000 });
    const first = await granted(budget);
    expect(first.waitedMs).toBeUndefined();
    const second = granted(budget);
    await clock.advance(50);
    first.settle(usage(10, 10));
    expect((await second).waitedMs).toBe(50);
    expect(problems).toEqual([]);
  });

  it('ends the run once when the next request does not fit, with the limit and how to read it', async () => {
    const { budget, problems } = open({ maxTokens: 10_000 });
    (await granted(budget)).settle(usage(14, 3_000));
    (await granted(budget)).settle(usage(14, 6_000));
    const answers = await Promise.all([1, 2].map(() => budget.reserve(MODEL, REQUEST, { signals: [] })));
    const problem = '--max-tokens: 9,028 of 10,000 are used, and another request may take 4,524';
    expect(answers).toEqual([{ exceeded: problem }, { exceeded: problem }]);
    expect(problems).toEqual([problem]);
    expect(budget.exceeded).toBe(problem);
    expect(budget.reached).toBe('maxTokens');
  });

  it('says what the limit of cost left no room for', async () => {
    const { budget, problems } = open({ maxCostUsd: 0.03 });
    (await granted(budget)).settle(usage(10_000, 1_234));
    await budget.reserve(MODEL, REQUEST, { signals: [] });
    expect(problems).toEqual(['--max-cost: $0.0223 of $0.03 are used, and another request may cost $0.0257']);
  });

  it('counts nothing for an attempt that came to nothing, and an estimate for one that failed in the middle', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    (await granted(budget)).settle(undefined);
    expect(budget.used.tokens).toBe(0);
    const estimate = { inputTokens: 18, outputTokens: 1000, costUsd: 0.010018 };
    expect((await granted(budget)).lose(4000)).toEqual(estimate);
    expect(budget.used).toEqual({ tokens: 1018, nanoUsd: 10_018_000 });
    expect(budget.reserved.tokens).toBe(0);
  });

  it('takes what broke off for as long as responses usually are, and for no more than it was let have', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    for (const output of [100, 300]) (await granted(budget)).settle(usage(10, output));
    expect((await granted(budget)).lose(0)).toMatchObject({ outputTokens: 200 });
    expect((await granted(budget)).lose(1e9)).toMatchObject({ outputTokens: AMPLE_OUTPUT });
  });

  it('takes what came to nothing for no less than the vendor had counted of it, whatever it was let have', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    const counted = usage(5000, AMPLE_OUTPUT + 1000);
    const estimate = { inputTokens: 5000, outputTokens: AMPLE_OUTPUT + 1000 };
    expect((await granted(budget)).lose(4000, counted)).toMatchObject(estimate);
    expect(budget.used.tokens).toBe(5000 + AMPLE_OUTPUT + 1000);
    expect((await granted(budget)).lose(4000, usage(5000, 10))).toMatchObject({ outputTokens: 1000 });
  });

  it('takes what is never heard of for as long as the longest, since nobody will know better', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    expect((await granted(budget)).estimate).toMatchObject({ outputTokens: 2048 });
    for (const output of [100, 300]) (await granted(budget)).settle(usage(10, output));
    expect((await granted(budget)).estimate).toMatchObject({ outputTokens: 300 });
  });

  it('estimates what broke off or was never heard of without limits too, so that they can be set later', async () => {
    const { budget } = open({});
    const reservation = await granted(budget);
    expect(reservation.estimate).toMatchObject({ inputTokens: 18, outputTokens: 0 });
    expect(reservation.lose(4000)).toMatchObject({ inputTokens: 18, outputTokens: 1000 });
    expect(reservation.maxOutputTokens).toBeUndefined();
    (await granted(budget)).settle(usage(10, 40));
    expect((await granted(budget)).estimate).toMatchObject({ outputTokens: 40 });
  });

  it('counts what an earlier part of the run has used', async () => {
    const { budget } = open({ maxTokens: 50_000 });
    await budget.openPrices([MODEL]);
    const estimate = { inputTokens: 500, outputTokens: 100 };
    const known = { responses: 2, longestOutputTokens: 5000, estimate };
    budget.charge(MODEL, { ...known, usage: usage(15_000, 6000), costUsd: 0.05 });
    expect(budget.used).toEqual({ tokens: 21_600, nanoUsd: 50_000_000 + 1_500_000 });
    expect((await granted(budget)).maxOutputTokens).toBe(4 * 5000);
    budget.charge(MODEL, {
      ...known,
      usage: usage(1_000_000, 0),
      costUsd: undefined,
      estimate: { ...estimate, costUsd: 1 },
    });
    expect(budget.used.nanoUsd).toBe(51_500_000 + 2_000_000_000);
  });

  it('ends the run when its time is over, and not after it was disposed of', async () => {
    const { budget, clock, problems } = open({ maxTimeMs: 90_000 });
    const running = await granted(budget);
    await clock.advance(89_999);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems).toEqual(['--max-time: 90 s are over']);
    expect(await budget.reserve(MODEL, REQUEST, { signals: [] })).toEqual({ exceeded: problems[0] });
    expect(running.settle(usage(1_000_000, 0))).toBe(1);

    const other = open({ maxTimeMs: 90_000 });
    other.budget[Symbol.dispose]();
    await other.clock.advance(100_000);
    expect(other.problems).toEqual([]);
  });

  it('counts the time that earlier parts of the run took', async () => {
    const { clock, problems } = open({ maxTimeMs: 90_000 }, { ranMs: 60_000 });
    await clock.advance(29_999);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems).toEqual(['--max-time: 90 s are over']);
  });

  it('lets nobody wait on when its time is over', async () => {
    const { budget, clock } = open({ maxTimeMs: 1000, maxTokens: 12_000 });
    await granted(budget);
    const waiting = budget.reserve(MODEL, REQUEST, { signals: [] });
    await clock.advance(1000);
    expect(await waiting).toEqual({ exceeded: '--max-time: 1 s are over' });
  });

  it('refuses a limit of cost for a model without a price, before the run and in it', async () => {
    const { budget, problems } = open({ maxCostUsd: 1 });
    await budget.openPrices([MODEL]);
    for (const modelId of PRICELESS) {
      const check = budget.openPrices([MODEL, modelId]);
      await expect(check).rejects.toThrow(UserError);
      await expect(check).rejects.toThrow(`Cannot keep to --max-cost with ${modelId}: no price is known for it.`);
      expect(await budget.reserve(modelId, REQUEST, { signals: [] })).toHaveProperty('exceeded');
    }
    expect(problems).toEqual([]);
    await open({ maxTokens: 1 }).budget.openPrices(PRICELESS);
  });

  it('is not undone by numbers that are none', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    (await granted(budget)).settle(usage(Number.NaN, 5));
    (await granted(budget)).settle(usage(-50, 5));
    expect(budget.used.tokens).toBe(0);
  });
});

describe('Whatever mix of requests there is, at any concurrency', () => {
  const kind = fc.record({
    output: fc.nat(2 * AMPLE_OUTPUT),
    failures: fc.array(fc.constantFrom('nothing', 'middle', 'untold'), { maxLength: 3 }),
    heard: fc.nat(80_000),
    text: fc.nat(20_000),
  });
  const limits = fc.record(
    { maxTokens: fc.integer({ min: 1, max: 80_000 }), maxCostUsd: fc.double({ min: 0.001, max: 1, noNaN: true }) },
    { requiredKeys: [] },
  );

  it('is never used more than the limits, everything comes back, and nobody waits for ever', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.array(kind, { maxLength: 30 }),
        fc.integer({ min: 1, max: 10 }),
        fc.scheduler(),
        async (most, requests, concurrency, scheduler) => {
          const { budget, problems } = open(most, { requestsAtOnce: concurrency });
          let costUsd = 0;
          const attempt = async (request: ModelRequest, end: (reservation: Reservation) => void) => {
            const reservation = await budget.reserve(MODEL, request, { signals: [] });
            if ('exceeded' in reservation) return false;
            await scheduler.schedule(Promise.resolve());
            end(reservation);
            expect(costUsd).toBeLessThanOrEqual((most.maxCostUsd ?? Number.POSITIVE_INFINITY) + 1e-9);
            expect(budget.used.tokens).toBeLessThanOrEqual(most.maxTokens ?? Number.POSITIVE_INFINITY);
            return true;
          };
          const runOne = async ({ output, failures, heard, text }: (typeof requests)[number]) => {
            const request: ModelRequest = { ...REQUEST, instructions: 'x'.repeat(text) };
            for (const failure of failures) {
              const goesOn = await attempt(request, (reservation) => {
                if (failure === 'nothing') reservation.settle(undefined);
                else reservation.lose(failure === 'middle' ? heard : 0);
              });
              if (!goesOn) return;
            }
            await attempt(request, (reservation) => {
              // A model writes no more than it is let.
              const { maxOutputTokens = Number.POSITIVE_INFINITY } = reservation;
              expect(maxOutputTokens).toBeGreaterThanOrEqual(LEAST_OUTPUT);
              const written = Math.min(output, maxOutputTokens);
              costUsd += reservation.settle(usage(Math.ceil(text / 4), written)) ?? 0;
            });
          };
          const left = [...requests];
          const worker = async () => {
            for (let next = left.shift(); next; next = left.shift()) await runOne(next);
          };
          await scheduler.waitFor(Promise.all(Array.from({ length: concurrency }, worker)));
          expect(budget.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
          expect(problems.length).toBeLessThanOrEqual(1);
          expect(budget.exceeded).toBe(problems[0]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
