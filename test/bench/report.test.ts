import { describe, expect, it } from 'vitest';
import { reportOn } from '../../src/bench/bench-report.ts';
import { benchCsv, benchJson, benchMarkdown } from '../../src/bench/exports.ts';
import { renderBench } from '../../src/bench/render-bench.ts';
import type { Sample } from '../../src/bench/sample.ts';
import type { Setting } from '../../src/bench/setting.ts';
import { settingsOf } from '../../src/bench/setting.ts';
import { createTheme } from '../../src/report/theme.ts';
import { parseThreshold } from '../../src/report/threshold.ts';
import { ABOUT, samplesOf, steady, TWO } from './support/samples.ts';

const four = settingsOf({ modes: ['sequential', 'parallel'], concurrency: [1, 4, 16], toolConcurrency: undefined });

describe('The verdict', () => {
  it.each([
    [
      TWO,
      [steady(8000), steady(2000)],
      'These 5 prompts ran 4.00 times faster with -j 4 than one at a time: a median of 2.00 s instead of 8.00 s ' +
        '(95 % interval 4.00 to 4.00 times, 6 runs each).',
    ],
    [
      four,
      [steady(8000), steady(7900), steady(2000), steady(1990)],
      'These 5 prompts ran 4.00 times faster with -j 4 than one at a time: a median of 2.00 s instead of 8.00 s ' +
        '(95 % interval 4.00 to 4.00 times, 6 runs each). More at once was not shown to be faster.',
    ],
    [
      TWO,
      [steady(2000), steady(3000)],
      'These 5 prompts ran 1.50 times slower with -j 4 than one at a time: a median of 3.00 s instead of 2.00 s ' +
        '(95 % interval 1.50 to 1.50 times, 6 runs each).',
    ],
    [
      TWO,
      [
        [1000, 2000, 1500],
        [500, 700, 600],
      ],
      'These 5 prompts ran 2.50 times faster with -j 4 than one at a time: a median of 0.60 s instead of 1.50 s ' +
        '(3 runs each, too few for an interval: --runs 6).',
    ],
    [TWO.slice(1), [steady(2000)], 'These 5 prompts took 2.00 s with -j 4, the median of 6 runs (1.96 s to 2.04 s).'],
    [TWO.slice(1), [[2000]], 'These 5 prompts took 2.00 s with -j 4 in one run.'],
    [TWO, [[], []], 'Nothing can be said: no run did the whole work.'],
    [TWO, [[], steady(2000)], 'Nothing can be compared: no run of one at a time did the whole work.'],
  ] as const)('can be repeated: %#', (settings, times, verdict) => {
    expect(reportOn(settings, samplesOf(times), ABOUT).verdict).toBe(verdict);
  });

  it('claims nothing that may be chance', () => {
    const noisy = [900, 2000, 1000, 3000, 1500, 2500];
    const { verdict } = reportOn(TWO, samplesOf([steady(2000), noisy]), ABOUT);
    expect(verdict).toMatch(
      /^No difference is certain: -j 4 came out 1\.\d+ times as fast as one at a time, and the 95 % interval is 0\.\d+ to [12]\.\d+ \(6 runs each\)\. More --runs may tell\.$/,
    );
  });

  it('says when it is of less than was to be run', () => {
    const { verdict, notes } = reportOn(TWO, samplesOf([[2000], [1000]]), { ...ABOUT, stopped: 'SIGINT' });
    expect(verdict).toMatch(/^So far: these 5 prompts ran 2\.00 times faster/);
    expect(notes[0]).toBe('Incomplete: stopped by SIGINT after 2 of 12 runs.');
  });
});

describe('The notes', () => {
  it('name runs that were left out, and why', () => {
    const notes = notesOn(TWO, [steady(8000), steady(2000)], (sample) => {
      return sample.round === 2 && sample.setting === 1
        ? { ...sample, problem: '1 failed of 5 conversations' }
        : sample;
    });
    expect(notes).toEqual(['Left out: parallel -j 4, round 2: 1 failed of 5 conversations. See runs/1-2']);
  });

  it('name outliers, with the reason if the run has one, and say what to do', () => {
    const reasons: Partial<Sample>[] = [
      { rateMs: 7000 },
      { failedAttempts: 3, waitedMs: 4000 },
      { modelCalls: 40, toolCalls: 20 },
      {},
    ];
    const lines = reasons.map((reason) => {
      return notesOn(TWO, [steady(8000), steady(2000)], (sample) => {
        return sample.round === 4 && sample.setting === 1 ? { ...sample, wallMs: 9000, ...reason } : sample;
      })[0];
    });
    const outlier = 'Outlier: parallel -j 4, round 4: 9.00 s, 4.48 times the median';
    expect(lines).toEqual([
      `${outlier}; its model calls waited 7.00 s for rate limits: lower -j, or keep to --rpm.`,
      `${outlier}; 3 attempts at model calls failed, with 4.00 s of waiting: repeat it when the provider is well.`,
      `${outlier}; the model asked for more: 40 model and 20 tool calls.`,
      `${outlier}.`,
    ]);
  });

  it('say how much input the provider had cached, and whether from another run', () => {
    const cached = (sample: Sample) => ({ ...sample, usage: { ...sample.usage, cachedInputTokens: 500 } });
    const times = [steady(8000), steady(2000)];
    expect(notesOn(TWO, times, cached)).toEqual([
      'Input tokens that the provider had cached: sequential 25 %, parallel -j 4 25 %; no run can have found those of another.',
    ]);
    expect(reportOn(TWO, samplesOf(times).map(cached), { ...ABOUT, salted: false }).notes[0]).toContain(
      'without a salt',
    );
  });

  it('say when the model did not do the same in every run', () => {
    const notes = notesOn(TWO, [steady(8000), steady(2000)], (sample) => {
      return sample.round === 1 ? { ...sample, modelCalls: 12 } : sample;
    });
    expect(notes).toEqual([
      'The model did not do the same in every run: 10 to 12 model and 5 tool calls. More --runs even that out.',
    ]);
  });
});

describe('The thresholds', () => {
  it('hold the recommended setting to its speed, all runs to failures, and everything to cost', () => {
    const thresholds = ['speedup>=5', 'wall<3s', 'p50<=1s', 'failed<=5%', 'cost<=0.1'].map((text) => {
      const parsed = parseThreshold(text);
      if (!parsed.ok) throw new Error(parsed.problem);
      return parsed.threshold;
    });
    const samples = samplesOf([steady(8000), steady(2000)]).map((sample) => ({
      ...sample,
      costUsd: 0.01,
      right: sample.round === 2 ? 4 : 5,
      durationsMs: sample.setting === 1 ? [500, 1500, 1600] : [1, 1, 1],
    }));
    const report = reportOn(TWO, samples, ABOUT, thresholds);
    expect(report.thresholds.map(({ text, isMet }) => [isMet, text])).toEqual([
      [false, '4.00 (measured), 1.00 below it'],
      [true, '2.00 s'],
      [false, '1.50 s, 0.50 s above it'],
      [true, '3.33 %'],
      [false, '$0.12, $0.02 above it'],
    ]);
    expect(report.notes).toEqual([
      'Not as expected: sequential: 1 of 30 conversations.',
      'Not as expected: parallel -j 4: 1 of 30 conversations.',
    ]);
    expect(renderBench(report, createTheme(false))).toContain(
      '\n  missed   speedup>=5   4.00 (measured), 1.00 below it\n',
    );
    expect(reportOn(TWO, samples, { ...ABOUT, stopped: 'SIGINT' }, thresholds).thresholds).toEqual([]);
  });
});

describe('A benchmark', () => {
  const priced = samplesOf([steady(8000), steady(2000)]).map((sample) => ({ ...sample, costUsd: 0.0123 }));
  const report = reportOn(TWO, priced, ABOUT);

  it('is shown as a table, a verdict and where its runs are', () => {
    expect(renderBench(report, createTheme(false))).toBe(
      [
        'agentpar bench prompts.txt   5 conversations, openai/gpt-5.6-luna',
        '',
        '  setting         median   least to most      runs   times faster (95 % interval)   cost a run (times as much)',
        '  sequential      8.00 s   7.84 s to 8.16 s   6      1                              $0.0123',
        '  parallel -j 4   2.00 s   1.96 s to 2.04 s   6      4.00 (4.00 to 4.00)            $0.0123 (1.00, 1.00 to 1.00)',
        '',
        report.verdict,
        '',
        'runs: out',
        '',
      ].join('\n'),
    );
  });

  it('is exported with the fields of hyperfine, in seconds', () => {
    const { results, samples, verdict } = JSON.parse(benchJson(report));
    expect(results).toMatchObject([
      { command: 'sequential', mean: 8, median: 8, min: 7.84, max: 8.16, parameters: { mode: 'sequential' } },
      { command: 'parallel -j 4', mean: 2, median: 2, times: [1.96, 2.02, 2, 1.98, 2.04, 2], faster: { ratio: 4 } },
    ]);
    expect(results[0].stddev).toBeCloseTo(0.113, 3);
    expect(samples).toHaveLength(12);
    expect(verdict).toBe(report.verdict);
  });

  it('has as parameters in its JSON what is swept, so that it can be an axis', () => {
    const swept: readonly Setting[] = [...TWO, { mode: 'parallel', concurrency: 8 }];
    const { results } = JSON.parse(benchJson(reportOn(swept, [], ABOUT)));
    expect(results.map(({ parameters }: { parameters: unknown }) => parameters)).toEqual([
      { concurrency: '1' },
      { concurrency: '4' },
      { concurrency: '8' },
    ]);
  });

  it('says of virtual times in every export that they are', () => {
    const replayed = reportOn(TWO, priced, { ...ABOUT, replay: { cassette: 'c.jsonl', time: 'virtual' } });
    expect(replayed.verdict).toMatch(/^In virtual time: these 5 prompts ran 4\.00 times faster/);
    expect(benchMarkdown(replayed)).toContain('In virtual time: ');
    expect(benchCsv(replayed)).toMatch(/,virtual\n$/);
    expect(JSON.parse(benchJson(replayed)).timed).toBe('virtual');
  });

  it('is exported as CSV, with as many cells in each row as in the header', () => {
    const rows = benchCsv(report)
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','));
    expect(rows.map((row) => row.length)).toEqual([18, 18, 18]);
    expect(rows.map((row) => row.at(-1))).toEqual(['timed', 'measured', 'measured']);
    expect(rows[2]?.slice(0, 8)).toEqual(['parallel -j 4', '2', '0.028284', '2', '1.96', '2.04', '6', '4']);
  });

  it('has no more digits in its CSV than mean something', () => {
    const cheap = priced.map((sample) => ({
      ...sample,
      costUsd: sample.setting === 0 ? 0.000952 : 0.0009519999999999999,
    }));
    const [, , parallel] = benchCsv(reportOn(TWO, cheap, ABOUT)).split('\n');
    expect(parallel?.split(',').slice(7, 14)).toEqual(['4', '4', '4', '0.000952', '1', '1', '1']);
  });

  it('is exported as Markdown', () => {
    expect(benchMarkdown(report)).toBe(
      [
        '| Setting | Median [s] | Min [s] | Max [s] | Times faster (95 %) | Cost a run |',
        '| :--- | ---: | ---: | ---: | ---: | ---: |',
        '| `sequential` | 8.000 | 7.840 | 8.160 | 1.00 | $0.0123 |',
        '| `parallel -j 4` | 2.000 | 1.960 | 2.040 | 4.00 (4.00 to 4.00) | $0.0123 |',
        '',
        report.verdict,
        '',
      ].join('\n'),
    );
  });

  it('has no number in its exports that is none', () => {
    const empty = reportOn(TWO, [], ABOUT);
    expect(JSON.parse(benchJson(empty)).results[0]).toMatchObject({ mean: null, median: null, times: [] });
    expect(`${benchCsv(empty)}${benchMarkdown(empty)}${renderBench(empty, createTheme(false))}`).not.toMatch(
      /NaN|Infinity/,
    );
  });
});

function notesOn(
  settings: readonly Setting[],
  times: readonly (readonly number[])[],
  change: (sample: Sample) => Sample,
): readonly string[] {
  return reportOn(settings, samplesOf(times).map(change), ABOUT).notes;
}
