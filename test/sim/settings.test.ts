import { expect, test } from 'vitest';
import { drawFault, SIM_FAULT_NAMES } from '../../src/sim/fault.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { DEFAULT_SIM_SETTINGS, parseSimSettings } from '../../src/sim/settings.ts';

test('no words are the defaults', () => {
  expect(parseSimSettings([])).toEqual({ ok: true, settings: DEFAULT_SIM_SETTINGS });
});

test('words set latency, seed and faults', () => {
  const words = ['ttft=20', 'tps=200', 'seed=7', '429=0.1', '500=0.05', 'reset=.02', 'retry-after=2', 'stall-ms=100'];
  expect(parseSimSettings(words)).toEqual({
    ok: true,
    settings: {
      firstTokenMs: 20,
      tokensPerSecond: 200,
      seed: 7,
      faults: { '429': 0.1, '500': 0.05, reset: 0.02 },
      retryAfterSeconds: 2,
      stallMs: 100,
    },
  });
});

test('every fault has a word', () => {
  for (const name of SIM_FAULT_NAMES) expect(parseSimSettings([`${name}=1`])).toMatchObject({ ok: true });
});

test('an unknown key is told the keys there are', () => {
  const parsed = parseSimSettings(['speed=3']);
  expect(parsed).toMatchObject({ ok: false, problem: expect.stringMatching(/"speed=3".*ttft, tps, seed.*429, quota/) });
});

test.each(['ttft', 'ttft=', 'ttft=fast', 'ttft=-1', 'seed=1.5', '429=2', 'tps=Infinity', '=3', '500=0.1x'])(
  'refuses %s',
  (word) => {
    expect(parseSimSettings([word])).toMatchObject({ ok: false, problem: expect.stringContaining(`"${word}"`) });
  },
);

test('faults that happen more than always are refused', () => {
  expect(parseSimSettings(['429=0.6', '500=0.6'])).toMatchObject({ ok: false, problem: expect.stringMatching(/1\.2/) });
});

test('the same seed draws the same faults, another one others, and about as often as asked for', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 2000 },
      (_, index) => drawFault({ '429': 0.1, reset: 0.2 }, seededRandom(seed, index + 1))?.kind,
    );
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1).filter((kind) => kind === '429').length / 2000).toBeCloseTo(0.1, 1);
  expect(draw(1).filter((kind) => kind === 'reset').length / 2000).toBeCloseTo(0.2, 1);
  expect(draw(1).filter((kind) => kind === undefined).length / 2000).toBeCloseTo(0.7, 1);
});
