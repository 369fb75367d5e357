import { expect, it } from 'vitest';
import type { Prediction } from '../../../src/bench/whatif/predict.ts';
import type { RecordedWork } from '../../../src/bench/whatif/recorded-work.ts';
import { renderPredictions } from '../../../src/bench/whatif/render-predictions.ts';
import { createTheme } from '../../../src/report/theme.ts';

const work: RecordedWork = {
  mode: 'parallel',
  concurrency: 4,
  toolConcurrency: 64,
  wallMs: 8000,
  timed: 'measured',
  tailMs: 0,
  prompts: [],
  turns: new Map(),
  calls: new Map(),
  agents: new Map(),
  facts: { refusals: 1, budgetMs: 0, approvals: 0, toolRetries: 0, tasks: 0, resumes: 0, notDone: 0 },
};

const four: Prediction = { concurrency: 4, toolConcurrency: 64, wallMs: 8040, done: 9, strays: 0 };

it('shows between what times predictions lie, if they do', () => {
  const ranged = { ...four, range: { leastMs: 7900, mostMs: 8300, of: 7 } };
  const lines = render([ranged, { ...four, concurrency: 8, toolConcurrency: 128, wallMs: 4000 }], ranged);
  expect(lines[2]).toMatch(/tool calls +predicted +least to most/);
  expect(lines[3]).toMatch(/^ *-j 4 +64 +8\.04 s +7\.90 s to 8\.30 s +1\.00 times as fast/);
  expect(lines).toContain('Knee   not reached: more at once may gain more than a tenth still');
});

it('says of the setting that was run that it was, and looks for no knee in one prediction', () => {
  const text = render([four], four).join('\n');
  expect(text).toContain('Recommended   -j 4: 8.04 s predicted, as it was run: -j 4, 8.00 s measured');
  expect(text).not.toMatch(/Knee|least to most/);
});

it('says as exactly as the table how fast the recommended setting is', () => {
  const eight = { ...four, concurrency: 8, toolConcurrency: 128, wallMs: 7650 };
  const [line] = render([four, eight], eight).filter((each) => each.startsWith('Recommended'));
  expect(line).toBe('Recommended   -j 8: 7.65 s predicted, 1.05 times faster than -j 4, 8.00 s measured');
});

function render(predictions: readonly Prediction[], best: Prediction): readonly string[] {
  const whatif = { run: 'r', work, measured: four, predictions, best, modelled: [], notModelled: [] };
  return renderPredictions(whatif, createTheme(false)).split('\n');
}
