import { showCount, showCounted, showDuration } from '../show-number.ts';
import { showText } from '../show-text.ts';
import { replayWords } from '../spans/replay-words.ts';
import type { Theme } from '../theme.ts';
import type { ModeExplanation, RunExplanation } from './explain-run.ts';
import { conversationTable, conversationTitle, stragglerLines } from './render-conversations.ts';
import { latencyTable, modelTable, toolTable } from './render-latencies.ts';
import { inTheWay, renderPath } from './render-path.ts';
import { renderSlots } from './render-slots.ts';
import { renderSplit } from './render-split.ts';
import { showAdvice } from './show-advice.ts';
import { showName } from './words.ts';

/** How an explanation is shown. */
export interface RenderOptions {
  readonly theme: Theme;
  /** Every conversation and every step, however many there are. */
  readonly isWhole: boolean;
}

/** An explanation in whole lines: all of the last mode, whose answers are the results, and the split of others. */
export function renderExplanation({ run, modes }: RunExplanation, { theme, isWhole }: RenderOptions): string {
  const last = modes.at(-1);
  const about = [
    showCounted(run.prompts, 'conversation'),
    ...(last ? [`${showCount(last.concurrency)} at once`] : []),
    showText(run.model),
    ...replayWords(run).map(showText),
  ];
  const lines = [`agentpar explain ${showText(run.runId)}   ${about.join(', ')}`, ...notes(run)];
  const sections = last ? [...modes.map(splitSection), ...sectionsOf(last, isWhole)] : [];
  for (const { title, about: what, lines: body } of sections) {
    if (body.length > 0)
      lines.push('', [theme.strong(title), ...(what === undefined ? [] : [what])].join('   '), ...body);
  }
  return `${[...lines, ...(last ? [] : ['', 'Nothing was run.'])].join('\n')}\n`;
}

function notes({ ending, stopped, resumes }: RunExplanation['run']): string[] {
  return [
    ...(ending === 'open' ? ['It has not come to its end: what is open is taken to end where the journal does.'] : []),
    ...(stopped === undefined ? [] : [`Stopped by ${showText(stopped)}.`]),
    ...(resumes.length === 0
      ? []
      : [`Resumed ${showCounted(resumes.length, 'time')}; the time in which no process worked on it counts as none.`]),
  ];
}

interface Section {
  readonly title: string;
  readonly about?: string;
  readonly lines: readonly string[];
}

function splitSection(mode: ModeExplanation, _index: number, { length }: readonly ModeExplanation[]): Section {
  const own = mode.conversations.filter(({ parent }) => parent === undefined);
  const title = length > 1 ? `Where the time went, ${mode.mode}` : 'Where the time went';
  const about = `summed over ${showCounted(own.length, 'conversation')}, each in one state at a time`;
  return { title, about, lines: renderSplit(mode) };
}

function sectionsOf(mode: ModeExplanation, isWhole: boolean): readonly Section[] {
  const conversations = conversationTitle(mode, isWhole);
  return [
    { title: 'Slots', about: 'conversations at once, on average and over time', lines: renderSlots(mode) },
    {
      title: 'Critical path',
      about: `what made the ${showDuration(mode.wallMs)}, step by step`,
      lines: renderPath(mode, isWhole),
    },
    {
      title: 'Ceiling',
      about: 'the least that it could take: the longest conversation with nothing in its way',
      lines: ceilingLines(mode),
    },
    {
      title: 'Latencies',
      about: 'from the start, and from when it was asked for: with all waiting',
      lines: latencyTable(mode),
    },
    { title: 'Tools', lines: toolTable(mode, isWhole) },
    { title: 'Models', lines: modelTable(mode) },
    { title: 'Stragglers', lines: stragglerLines(mode, isWhole) },
    { title: 'Conversations', ...conversations, lines: conversationTable(mode, isWhole) },
  ];
}

function ceilingLines(mode: ModeExplanation): string[] {
  const { ms, conversation } = mode.ceiling;
  const who = conversation === undefined ? '' : ` for ${showName(conversation)}`;
  const way = inTheWay(mode);
  return [
    `  ${showDuration(ms)}   estimated${who}: models and tools are taken to be as fast with everything at once`,
    ...(way === '' ? [] : [`  in the way, along the critical path: ${way}`]),
    ...mode.advice.map((each) => `  ${showAdvice(each)}`),
  ];
}
