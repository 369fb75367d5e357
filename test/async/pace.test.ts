import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/async/pace.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Starts one attempt after another at someone who takes one per `perMs` and asks to be left alone for so long. */
async function startInTurn(pace: Pace, clock: FakeClock, perMs: number, attempts: number) {
  let takesAtMs = 0;
  let refused = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await clock.advance(pace.waitMs);
    pace.start();
    await clock.advance(1);
    if (clock.now() >= takesAtMs) {
      takesAtMs = clock.now() + perMs;
      pace.succeeded();
    } else {
      refused += 1;
      pace.refused();
      await clock.advance(perMs);
    }
  }
  return refused;
}

describe('A pace', () => {
  it('spaces nothing while attempts are taken', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    expect(await startInTurn(pace, clock, 0, 50)).toBe(0);
    expect(clock.now()).toBe(50);
  });

  it('is found by what is taken, so that few are refused from then on', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    await startInTurn(pace, clock, 1000, 40);
    const sinceMs = clock.now();
    const refused = await startInTurn(pace, clock, 1000, 100);
    expect(refused).toBeLessThanOrEqual(30);
    // One a second is what there is to be had.
    expect((100 - refused) / (clock.now() - sinceMs)).toBeGreaterThan(0.5 / 1000);
  });

  it('gets faster again when more is taken', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    await startInTurn(pace, clock, 1000, 40);
    await startInTurn(pace, clock, 0, 300);
    pace.start();
    expect(pace.waitMs).toBeLessThan(1);
  });

  it('is not changed by refusals that come now and then', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    for (let round = 0; round < 50; round++) {
      for (let success = 0; success < 9; success++) pace.succeeded();
      await clock.advance(1000);
      pace.refused();
      pace.start();
      expect(pace.waitMs).toBe(0);
    }
  });

  it('does not take for slow what had little to do', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    for (let round = 0; round < 20; round++) {
      await clock.advance(600_000);
      pace.measure();
      await clock.advance(100);
      pace.succeeded();
      pace.refused();
    }
    pace.start();
    expect(pace.waitMs).toBeGreaterThan(0);
    expect(pace.waitMs).toBeLessThan(200);
  });

  it('does not get slower than it is asked to be where refusals come at any pace', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    for (let attempt = 0; attempt < 300; attempt++) {
      await clock.advance(pace.waitMs);
      pace.start();
      await clock.advance(100);
      if (attempt % 5 < 2) pace.refused(1000);
      else pace.succeeded();
    }
    pace.start();
    expect(pace.waitMs).toBeLessThan(1200);
  });

  it('is never slower than one a minute', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock);
    for (let round = 0; round < 20; round++) {
      await clock.advance(3_600_000);
      if (round < 10) pace.succeeded();
      pace.refused();
    }
    pace.start();
    expect(pace.waitMs).toBe(60_000);
  });
});
