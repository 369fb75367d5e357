import { join } from 'node:path';
import { expect, it } from 'vitest';
import { annotations } from '../../src/cli/github-actions.ts';
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
