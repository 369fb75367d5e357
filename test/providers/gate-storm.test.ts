import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/async/system-clock.ts';
import { TokenBucket } from '../../src/async/token-bucket.ts';
import { DEFAULT_SIM_SETTINGS } from '../../src/sim/settings.ts';
import { startSim } from '../../src/sim/start-sim.ts';
import { failing, Gated } from './support/gated.ts';
import { ask, modelOf } from './support/open-model.ts';

/** Runs `work` a hundred times, fifty at once. */
async function hundredAtFifty(work: (n: number) => Promise<void>): Promise<void> {
  let left = 100;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await work(left);
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
}

/** What became of a hundred conversations of which fifty ran at once, on a server that admits so many per second. */
async function storm(perSecond: number, tookMs: number, says: 'the wait' | 'a second' | 'nothing') {
  const gated: Gated = new Gated(async () => {
    const waitMs = bucket.waitMs(1);
    if (waitMs > 0) {
      await gated.clock.sleep(20);
      throw failing('rate_limited', says === 'nothing' ? {} : { retryAfterMs: says === 'the wait' ? waitMs : 1000 });
    }
    bucket.take(1);
    await gated.clock.sleep(tookMs);
    return 1;
  });
  const bucket = new TokenBucket({ capacity: perSecond, perMs: perSecond / 1000 }, gated.clock);
  let isOver = false;
  const over = hundredAtFifty((n) => gated.ask(`${n}`)).then(() => {
    isOver = true;
  });
  while (!isOver) await gated.clock.advance(1000);
  await over;
  const succeeded = gated.outcomes.filter(({ error }) => !error).length;
  return { succeeded, attempts: gated.askedAt.length, seconds: gated.clock.now() / 1000 };
}

describe('A hundred conversations, fifty at once', () => {
  it.each([1, 2, 5, 10, 20, 50])('make no storm on a server that admits %d per second', async (perSecond) => {
    for (const tookMs of [50, 300, 1000]) {
      for (const says of ['the wait', 'a second', 'nothing'] as const) {
        const { succeeded, attempts, seconds } = await storm(perSecond, tookMs, says);
        const setting = `${perSecond} per second, each taking ${tookMs} ms, where the server says ${says}`;
        expect(succeeded, setting).toBe(100);
        expect(attempts / succeeded, setting).toBeLessThanOrEqual(1.6);
        expect(seconds, setting).toBeLessThanOrEqual(2 * (100 / perSecond + (2 * tookMs) / 1000) + 5);
      }
    }
  });

  it.concurrent.each(['sim/offline', 'sim/gemini'])('make no storm on %s', async (id) => {
    const admits = new TokenBucket({ capacity: 40, perMs: 0.025 }, systemClock);
    let requests = 0;
    const sim = await startSim({
      settings: { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 10 },
      faultFor: () => {
        requests += 1;
        // However slow the machine is, some are refused.
        const isOneOfSome = requests > 40 && requests <= 50;
        if (isOneOfSome || admits.waitMs(1) > 0) {
          return { kind: '429', retryAfterSeconds: 0.1, retryHeader: 'milliseconds' };
        }
        admits.take(1);
        return undefined;
      },
    });
    const model = modelOf(id, { simOrigin: async () => sim.origin, maxAttempts: 6, random: Math.random });
    const { signal } = new AbortController();
    await using session = await model.open(signal);
    let ends = 0;
    await hundredAtFifty(async () => {
      for await (const event of session.respond(ask('Hello'), signal)) ends += event.kind === 'end' ? 1 : 0;
    });
    await sim.stop();
    expect(ends).toBe(100);
    expect(requests).toBeGreaterThan(100);
    expect(requests).toBeLessThanOrEqual(200);
  });

  it.each(['sim/offline', 'sim/openai-chat', 'sim/gemini'])(
    'make a handful of requests to %s when the account has no quota left',
    async (id) => {
      let requests = 0;
      const sim = await startSim({
        settings: { ...DEFAULT_SIM_SETTINGS, firstTokenMs: 0 },
        faultFor: () => {
          requests += 1;
          return { kind: 'quota' };
        },
      });
      const down: string[] = [];
      const model = modelOf(id, { simOrigin: async () => sim.origin, onDown: (problem) => down.push(problem) });
      const { signal } = new AbortController();
      await using session = await model.open(signal);
      const codes = new Set<unknown>();
      await hundredAtFifty(async () => {
        await Array.fromAsync(session.respond(ask('Hello'), signal)).catch((error) => codes.add(error.code));
      });
      await sim.stop();
      expect([...codes]).toEqual(['quota']);
      expect(requests).toBeLessThanOrEqual(8);
      expect(down).toHaveLength(1);
    },
  );
});
