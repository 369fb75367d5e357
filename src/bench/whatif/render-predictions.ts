import { textTable } from '../../report/explain/text-table.ts';
import { showCount, showCounted, showDuration } from '../../report/show-number.ts';
import { showText } from '../../report/show-text.ts';
import type { Theme } from '../../report/theme.ts';
import type { Prediction } from './predict.ts';
import type { Recommendation } from './recommend.ts';
import type { RecordedWork } from './recorded-work.ts';

/** What is known of a run with other settings. */
export interface Whatif extends Recommendation {
  readonly run: string;
  readonly work: RecordedWork;
  /** As it was really run, if it can be compared with that. */
  readonly measured?: Prediction;
  readonly predictions: readonly Prediction[];
  readonly modelled: readonly string[];
  readonly notModelled: readonly string[];
}

/** Predictions in whole lines. */
export function renderPredictions(whatif: Whatif, theme: Theme): string {
  const { run, work, best, modelled, notModelled } = whatif;
  const { concurrency, wallMs, prompts, timed } = work;
  const lines = [
    `agentpar whatif ${showText(run)}   ${showCounted(prompts.length, 'conversation')}, run with -j ${concurrency} in ${showDuration(wallMs)}${timed === 'virtual' ? ' of virtual time' : ''}`,
    '',
    ...table(whatif),
    '',
    `${theme.strong('Recommended')}   ${flags(best)}: ${showDuration(best.wallMs)} predicted, ${comparedWithRun(whatif)}`,
    ...kneeLines(whatif, theme),
    '',
    `${theme.strong('Modelled')}   by the scheduler itself, on a virtual clock; no model was asked and no tool run`,
    ...modelled.map((line) => `  ${showText(line)}`),
    '',
    theme.strong('Not modelled'),
    ...notModelled.map((line) => `  ${showText(line)}`),
  ];
  return `${lines.join('\n')}\n`;

  function flags({ concurrency: at, toolConcurrency }: Prediction): string {
    const isOwn = new Set(whatif.predictions.map((each) => each.toolConcurrency / each.concurrency)).size === 1;
    return isOwn ? `-j ${at}` : `-j ${at} --tool-concurrency ${toolConcurrency}`;
  }
}

/** Nothing where there is only one number of conversations at once, which has no neighbours. */
function kneeLines({ knee, predictions }: Whatif, theme: Theme): readonly string[] {
  if (new Set(predictions.map(({ concurrency }) => concurrency)).size < 2) return [];
  const found = knee
    ? `-j ${knee.concurrency}: from there on, twice as many at once gain less than a tenth`
    : 'not reached: more at once may gain more than a tenth still';
  return [`${theme.strong('Knee')}   ${found}`];
}

function comparedWithRun({ best, measured, work }: Whatif): string {
  const ratio = work.wallMs / best.wallMs;
  const times = ratio.toFixed(ratio < 2 ? 2 : 1);
  const run = `-j ${work.concurrency}, ${showDuration(work.wallMs)} ${work.timed}`;
  if (best === measured) return `as it was run: ${run}`;
  return `${times === '1.00' ? 'as fast as' : `${times} times faster than`} ${run}`;
}

function table({ predictions, best, knee, measured, work }: Whatif): string[] {
  const hasRanges = predictions.some(({ range }) => range);
  const rows = predictions.map((each) => [
    `-j ${showCount(each.concurrency)}`,
    showCount(each.toolConcurrency),
    showDuration(each.wallMs),
    ...(hasRanges ? [showRange(each)] : []),
    each.wallMs > 0 ? `${(work.wallMs / each.wallMs).toFixed(2)} times as fast` : '',
    [
      ...(each === best ? ['recommended'] : []),
      ...(each === knee ? ['knee'] : []),
      ...(each === measured ? [`${work.timed} ${showDuration(work.wallMs)}`] : []),
    ].join(', '),
  ]);
  const heading = ['', 'tool calls', 'predicted', ...(hasRanges ? ['least to most'] : []), '', ''];
  return textTable([heading, ...rows], hasRanges ? '>>>>><' : '>>>><');
}

function showRange({ range }: Prediction): string {
  return range ? `${showDuration(range.leastMs)} to ${showDuration(range.mostMs)}` : '';
}
