import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../src/agent/request-budget.ts';
import { UserError } from '../../src/contract/errors.ts';
import type { ModelRequest, Usage } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import type { BudgetLimits } from '../../src/run/budget.ts';
import { RunBudget } from '../../src/run/budget.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MODEL = 'openai-chat/some-model';
/** What a request for that model is taken to write at most. */
const MOST_OUTPUT = 8192;
const REQUEST: ModelRequest = { instructions: '', messages: [{ role: 'user', text: 'Hello' }], tools: [] };

const PRICELESS = ['sim/offline', 'openai/priceless'];

/** A dollar for each million tokens of input, ten for each million of output. */
function priceOf(modelId: string, { inputTokens, outputTokens }: Usage): number | undefined {
  return PRICELESS.includes(modelId) ? undefined : (inputTokens + 10 * outputTokens) / 1e6;
}

function open(limits: BudgetLimits, ranMs = 0) {
  const clock = new FakeClock();
  const problems: string[] = [];
  let loaded = 0;
  const openPrices = async () => {
    loaded += 1;
    return priceOf;
  };
  const budget = new RunBudget(limits, { clock, ranMs, openPrices, onExceeded: (problem) => problems.push(problem) });
  return { budget, clock, problems, loads: () => loaded };
}

async function granted(budget: RunBudget, modelId = MODEL): Promise<Reservation> {
  const answer = await budget.reserve(modelId, REQUEST, []);
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
    expect(budget.reserved.tokens).toBeGreaterThan(MOST_OUTPUT);
    expect(budget.reserved.nanoUsd).toBeGreaterThan(MOST_OUTPUT * 10_000);
    reservation.settle(usage(10, 5));
    expect(budget.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
    expect(budget.used).toEqual({ tokens: 15, nanoUsd: 60_000 });
  });

  it('lets requests wait for each other rather than end the run for what they hardly ever use', async () => {
    const { budget, clock, problems } = open({ maxTokens: MOST_OUTPUT * 2 });
    const first = await granted(budget);
    expect(first.waitedMs).toBeUndefined();
    const second = granted(budget);
    await clock.advance(50);
    first.settle(usage(10, 10));
    expect((await second).waitedMs).toBe(50);
    expect(problems).toEqual([]);
  });

  it('ends the run once when the next request does not fit, with the limit and how to read it', async () => {
    const { budget, problems } = open({ maxTokens: 20_000 });
    (await granted(budget)).settle(usage(12_000, 3_000));
    const answers = await Promise.all([1, 2].map(() => budget.reserve(MODEL, REQUEST, [])));
    const problem = '--max-tokens: 15,000 of 20,000 are used, and another request may take 8,216';
    expect(answers).toEqual([{ exceeded: problem }, { exceeded: problem }]);
    expect(problems).toEqual([problem]);
    expect(budget.exceeded).toBe(problem);
    expect(budget.exceededBy).toBe('maxTokens');
  });

  it('says what the limit of cost left no room for', async () => {
    const { budget, problems } = open({ maxCostUsd: 0.1 });
    (await granted(budget)).settle(usage(10_000, 1_234));
    await budget.reserve(MODEL, REQUEST, []);
    expect(problems).toEqual(['--max-cost: $0.0223 of $0.10 are used, and another request may cost $0.0819']);
  });

  it('counts nothing for an attempt that came to nothing, and an estimate for one that failed in the middle', async () => {
    const { budget } = open({ maxTokens: 100_000 });
    (await granted(budget)).settle(undefined);
    expect(budget.used.tokens).toBe(0);
    (await granted(budget)).lose(4000);
    expect(budget.used.tokens).toBeGreaterThan(1000);
    expect(budget.used.tokens).toBeLessThan(1100);
    expect(budget.reserved.tokens).toBe(0);
  });

  it('counts what an earlier part of the run has used', async () => {
    const { budget, problems } = open({ maxTokens: 20_000 });
    await budget.openPrices([MODEL]);
    budget.charge(MODEL, usage(15_000, 0));
    await budget.reserve(MODEL, REQUEST, []);
    expect(problems).toHaveLength(1);
  });

  it('ends the run when its time is over, and not after it was disposed of', async () => {
    const { budget, clock, problems } = open({ maxTimeMs: 90_000 });
    const running = await granted(budget);
    await clock.advance(89_999);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems).toEqual(['--max-time: 90 s are over']);
    expect(await budget.reserve(MODEL, REQUEST, [])).toEqual({ exceeded: problems[0] });
    expect(running.settle(usage(1_000_000, 0))).toBe(1);

    const other = open({ maxTimeMs: 90_000 });
    other.budget[Symbol.dispose]();
    await other.clock.advance(100_000);
    expect(other.problems).toEqual([]);
  });

  it('counts the time that earlier parts of the run took', async () => {
    const { clock, problems } = open({ maxTimeMs: 90_000 }, 60_000);
    await clock.advance(29_999);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems).toEqual(['--max-time: 90 s are over']);
  });

  it('lets nobody wait on when its time is over', async () => {
    const { budget, clock } = open({ maxTimeMs: 1000, maxTokens: MOST_OUTPUT * 2 });
    await granted(budget);
    const waiting = budget.reserve(MODEL, REQUEST, []);
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
      expect(await budget.reserve(modelId, REQUEST, [])).toHaveProperty('exceeded');
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
    output: fc.nat(MOST_OUTPUT),
    failures: fc.array(fc.constantFrom('nothing', 'middle'), { maxLength: 3 }),
    heard: fc.nat(8000),
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
          const { budget, problems } = open(most);
          let costUsd = 0;
          const attempt = async (request: ModelRequest, end: (reservation: Reservation) => void) => {
            const reservation = await budget.reserve(MODEL, request, []);
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
                if (failure === 'middle') reservation.lose(heard);
                else reservation.settle(undefined);
              });
              if (!goesOn) return;
            }
            await attempt(request, (reservation) => {
              costUsd += reservation.settle(usage(Math.ceil(text / 4), output)) ?? 0;
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
