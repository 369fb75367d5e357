import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportOn } from '../../src/bench/bench-report.ts';
import { benchSummary } from '../../src/bench/bench-summary.ts';
import { annotations, benchAnnotations } from '../../src/cli/github-actions.ts';
import type { Threshold } from '../../src/report/threshold.ts';
import { parseThreshold } from '../../src/report/threshold.ts';
import { ABOUT, samplesOf, steady, TWO } from '../bench/support/samples.ts';
import { recorded } from '../report/formats/support.ts';
import { ToldRun } from '../report/support/told-run.ts';

/** A run that was started with thresholds. */
function heldTo(threshold: readonly string[]): ToldRun {
  return new ToldRun({
    setup: { cwd: '/', options: { threshold }, fingerprints: { prompts: '', agents: '', options: '' } },
  });
}

const workspace = { GITHUB_WORKSPACE: process.cwd() };

it('marks what failed at its line, with all that could end a command or a property escaped', async () => {
  const run = new ToldRun({ conversations: 2 }).mode(0).start(0, 'p1').end(1, 'p1');
  run.start(0, 'a,b:c', { source: { file: join(process.cwd(), 'sub,dir', 'p.txt'), line: 3 } });
  run.end(1, 'a,b:c', { index: 1, status: 'failed', problem: '100 %\r\n::error::no' });
  expect(annotations(await recorded(run.events), workspace)).toEqual([
    '::error file=sub%2Cdir/p.txt,line=3,title=a%2Cb%3Ac%3A failed::100 %25%0D%0A::error::no',
  ]);
});

it('tells of thresholds that were missed, which have no place in the prompts files', async () => {
  const run = heldTo(['wall<1s', 'failed<=0%', 'p50<5s']).mode(0).start(0, 'p1').end(2000, 'p1', { tookMs: 2000 });
  expect(annotations(await recorded(run.modeEnd(2000).runEnd(2000).events), workspace)).toEqual([
    '::error title=threshold wall<1s::2.00 s, 1.00 s above it',
  ]);
});

it('marks no more than are shown, and says how many are left', async () => {
  const run = new ToldRun({ conversations: 12 }).mode(0);
  for (let index = 0; index < 12; index++) {
    run.start(0, `p${index + 1}`).end(1, `p${index + 1}`, { index, status: 'failed', problem: 'no' });
  }
  const lines = annotations(await recorded(run.events), workspace);
  expect(lines).toHaveLength(10);
  expect(lines.at(-1)).toBe('::error title=agentpar::3 more are in the summary of the job');
});

describe('A benchmark', () => {
  const about = { ...ABOUT, files: ['a*b.txt'] };

  it('marks thresholds that were missed, and settings of which runs were left out', () => {
    const all = samplesOf([steady(2000), steady(1000)]);
    const samples = all.map((each) => (each === all[7] ? { ...each, problem: '1 failed' } : each));
    const report = reportOn(TWO, samples, about, [thresholdOf('speedup>=3'), thresholdOf('wall<9s')]);
    expect(benchAnnotations(report)).toEqual([
      expect.stringMatching(/^::error title=threshold speedup>=3::2\.0\d \(measured\), /),
      '::error title=parallel -j 4::1 run left out: 1 failed',
    ]);
  });

  it('is summed up with its table, its verdict, what it was held to, and what to know about it', () => {
    const samples = samplesOf([steady(2000), [...steady(1000).slice(1), 1300]]);
    const summary = benchSummary(reportOn(TWO, samples, about, [thresholdOf('speedup>=3')]));
    expect(summary).toMatch(/^## ❌ agentpar bench\n\n5 conversations · .*<code>a&#42;b\.txt<\/code>\n\n\| Setting /);
    expect(summary).toContain('\nThese 5 prompts ran ');
    expect(summary).toContain('| ❌ missed | <code>speedup&#62;=3</code> |');
    expect(summary).toContain('\n- Outlier: parallel -j 4');
    const met = benchSummary(reportOn(TWO, samplesOf([steady(2000), steady(1000)]), about));
    expect(met).toMatch(/^## ✅ /);
  });
});

function thresholdOf(text: string): Threshold {
  const parsed = parseThreshold(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.threshold;
}
